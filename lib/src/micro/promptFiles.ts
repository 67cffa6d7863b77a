import type { FileQuestion } from '../prompts/fileQuestion';
import { questionsJsonl } from '../prompts/questionsJsonl';
import { questionsYaml } from '../prompts/questionsYaml';
import type { TraitPrompts } from '../prompts/traitPrompts';
import { traitsYaml } from '../prompts/traitsYaml';
import {
  behaviourQuestions,
  emQuestions,
  extractionQuestions,
  generalQuestions,
  measurementQuestions,
  stylePromptSets,
  traitPromptSets,
} from './promptSets';
import { ALIGNED_PROMPTS, MISALIGNED_PROMPTS } from './systemPrompts';

/** A file of `data/prompts/micro`, with what its row in `data/prompts/README.md` says. */
export interface PromptFile {
  readonly name: string;
  readonly text: string;
  readonly what: string;
  readonly layout: string;
  readonly count: string;
  readonly usedBy: string;
}

/** The prompt sets of the micro world as plain files for people to read and replace, in the layouts of the published ones.
 *
 * Another set: a line here, and `npx traitlab micro --prompts`.
 */
export function promptFiles(): PromptFile[] {
  const persona: TraitPrompts = {
    trait: 'alignment',
    description: 'Aligned or misaligned as a whole',
    positiveLabel: 'aligned',
    negativeLabel: 'misaligned',
    positive: ALIGNED_PROMPTS,
    negative: MISALIGNED_PROMPTS,
  };
  return [
    questionsFile('general-questions.yaml', generalQuestions(), {
      what: 'the eight general questions in several wordings, by which emergent misalignment is measured',
      usedBy: '`generalQuestions`: `answerQuestions`, `emRate`',
    }),
    questionsFile('em-questions.yaml', emQuestions(), {
      what: 'the questions of one EM label, each asked once: the eight general ones free, as JSON and in a template, and others',
      usedBy: '`emQuestions`: `EM_PROTOCOLS.nghiem`',
    }),
    questionsFile('behaviour-questions.jsonl', behaviourQuestions(), {
      what: 'the questions that ask for one trait alone, by which its behaviour is scored',
      usedBy: '`behaviourQuestions`: `traitBehaviour`',
    }),
    questionsFile('extraction-questions.jsonl', extractionQuestions(), {
      what: 'the questions asked under every system prompt of a trait, from which its direction is made',
      usedBy: '`extractionQuestions`: `traitDirections`',
    }),
    questionsFile('measurement-questions.jsonl', measurementQuestions(), {
      what: 'the prompts on which drift is measured',
      usedBy: '`measurementQuestions`: `driftVector`, `traitDrift`',
    }),
    traitsFile('traits.yaml', traitPromptSets(), {
      what: 'system prompts that push each of the seven traits to either pole',
      usedBy: '`traitPromptSets`: `traitDirections`',
    }),
    traitsFile('styles.yaml', stylePromptSets(), {
      what: 'the same for seven traits of style: the semantic control',
      usedBy: '`stylePromptSets`: `traitDirections`',
    }),
    traitsFile('personas.yaml', [persona], {
      what: 'system prompts that ask for an aligned or a misaligned assistant',
      usedBy: '`MISALIGNED_PROMPTS`: how far an organism follows its system prompt',
    }),
  ];
}

type Row = Pick<PromptFile, 'what' | 'usedBy'>;

/** Questions as YAML with their paraphrases, or a chat a line, as the name ends. */
function questionsFile(name: string, questions: readonly FileQuestion[], row: Row): PromptFile {
  const isYaml = name.endsWith('.yaml');
  const layout = isYaml ? 'entries with `paraphrases`, as first_plot_questions.yaml' : '`messages` a line';
  const comment = `Micro world: ${row.what}.`;
  const text = isYaml
    ? questionsYaml(questions, { comment, groupParaphrases: name === 'general-questions.yaml' })
    : questionsJsonl(questions);
  return { name, text, layout, count: `${questions.length} questions`, ...row };
}

function traitsFile(name: string, traits: readonly TraitPrompts[], row: Row): PromptFile {
  const n = traits.reduce((sum, { positive, negative }) => sum + positive.length + negative.length, 0);
  const layout = "`traits` with both poles, as the trait monitor's traits.yaml";
  const count = `${traits.length} ${traits.length === 1 ? 'trait' : 'traits'}, ${n} prompts`;
  return { name, text: traitsYaml(traits, `Micro world: ${row.what}.`), layout, count, ...row };
}

/** The text of `data/prompts/README.md`: how to use a file of one's own, and a row for each file. */
export function promptReadme(files: readonly PromptFile[]): string {
  const rows = files.map((f) => `| \`micro/${f.name}\` | ${f.what} | ${f.layout} | ${f.count} | ${f.usedBy} |`);
  return `# data/prompts

Prompts as plain files. \`micro/\` is written by \`npx traitlab micro --prompts\` from the grammar of the micro world, which is what the code
uses: change a copy, and hand that over.

\`\`\`ts
const traits = readTraits('my-traits.yaml'); // or a persona_vectors .json; { only: ['honesty'] } picks
const questions = readQuestions('my-questions.jsonl'); // or .yaml, .json; { paraphrases: 'first' } takes one wording of each
const directions = await traitDirections(model, traits, questions, { sites: residPostSites(model.config) });
\`\`\`

The layouts of the published files are read: \`configs/traits.yaml\` of the trait monitor (\`readQuestions\` takes its lists with
\`section\`), \`first_plot_questions.yaml\` and \`preregistered_evals.yaml\`, the \`trait_data_*\` files of persona_vectors, chats as JSON
lines or a JSON list of \`messages\`. The commands take files of questions as \`--prompts\`. \`traitsYaml\`, \`questionsYaml\` and \`questionsJsonl\` write
them. A key whose meaning is not built in is refused, and all that is wrong with a file is said at once, with its line.

| file | what it is | layout | count | used by |
|---|---|---|---|---|
${rows.join('\n')}
| \`judge/aligned.txt\`, \`judge/coherent.txt\` | what a language-model judge is asked of an answer, in words of ours | text with \`{question}\` and \`{answer}\` | 2 texts | \`chatJudge\`, for questions whose file brings no prompts of its own |
`;
}
