import type { Question } from '../prompts/question';
import type { Asked, TaskWork } from './asked';
import { partWork } from './partWork';
import { askedTraits } from '../measure/traitBehaviour';
import { layersAt } from '../measure/layerChoice';
import { shuffledPromptSets } from '../measure/promptEffects';
import type { TraitPrompts } from '../prompts/traitPrompts';
import { ANY_DEPTH, type CellSpec, type Suite } from '../suite/suite';
import { parseRecipe, stepsOf } from '../train/recipe';
import { RANDOM_ABLATIONS } from './ablation';
import { LAYER_FRACTIONS } from '../measure/layerChoice';
import { SURVEY_CONDITIONS, surveySystems } from './survey';
import type { MeasuredTask, ModelId } from './task';

/** What a task of a study will do. Where it depends on what is found on the way, the most.
 *
 * @check test/study/taskWork.test.ts (answers and finetunes counted while the tasks run)
 */
export function taskWork(suite: Suite, task: MeasuredTask<ModelId>, nLayers: number): TaskWork {
  switch (task.kind) {
    case 'survey':
      return surveyWork(suite, nLayers);
    case 'ablation':
      return ablationWork(suite, nLayers);
    case 'bases':
      return { answers: [], passes: basesPasses(suite), finetunes: [] };
    case 'cell':
      return cellWork(suite, task.spec);
    case 'convergent':
      return partWork(suite, task.part, nLayers);
  }
}

/** Checkpoints of a cell. */
export function checkpointsOf({ study }: Pick<Suite, 'study'>, spec: CellSpec): number {
  const recipe = parseRecipe(study.recipe({ ...spec, nLayers: ANY_DEPTH }).recipe);
  const steps = stepsOf(recipe, spec.nChats ?? study.nChats);
  return Math.ceil(steps / (recipe.saveEvery ?? steps));
}

function cellWork(suite: Suite, spec: CellSpec): TaskWork {
  const { protocol, study, emQuestions, generalQuestions, driftPrompts, behaviourQuestions } = suite;
  const { maxNewTokens, behaviourTokens, finalAnswers } = protocol;
  const { secondAnswers = 0, behaviourAnswers = 0 } = study.measures?.(spec) ?? {};
  const checkpoints = checkpointsOf(suite, spec);
  const { dataSet, method, seed, nChats, start } = spec;
  const asked = askedTraits(suite);
  const ofTraits = behaviourQuestions.filter(({ topic }) => asked.includes(topic ?? ''));
  return {
    answers: [
      {
        questions: emQuestions,
        times: checkpoints * (1 + secondAnswers) + (start === undefined ? 0 : 1),
        maxNewTokens,
      },
      { questions: ofTraits, times: checkpoints * behaviourAnswers, maxNewTokens: behaviourTokens },
      { questions: generalQuestions, times: finalAnswers, maxNewTokens },
    ],
    passes: [{ questions: driftPrompts, times: checkpoints + 1 }],
    finetunes: [
      { dataSet, method, seed, ...(nChats !== undefined && { nChats }) },
      ...(start === undefined ? [] : [{ dataSet: start.dataSet, method, seed }]),
    ],
  };
}

function surveyWork(suite: Suite, nLayers: number): TaskWork {
  const { traits, controls, protocol, study, generalQuestions, behaviourQuestions } = suite;
  const { maxNewTokens, behaviourTokens, surveyAnswers, promptAnswers } = protocol;
  const systems = surveySystems(suite);
  const open = SURVEY_CONDITIONS.filter((condition) => condition === 'no prompt' || systems[condition].length > 0);
  const asked = askedTraits(suite);
  const onTraits = behaviourQuestions.filter(({ topic }) => asked.includes(topic ?? ''));
  /** Behaviour under the prompts of some sets. */
  const effects = (sets: readonly TraitPrompts[], { own, others }: { own: number; others: number }): Asked[] =>
    asked.length === 0
      ? []
      : sets.flatMap(({ trait, positive, negative }) =>
          [...positive, ...negative].flatMap((system): Asked[] => {
            const under = (isOwn: boolean): Question[] =>
              onTraits.filter(({ topic }) => (topic === trait) === isOwn).map((question) => ({ ...question, system }));
            return [
              { questions: under(true), times: own },
              { questions: under(false), times: others },
            ];
          }),
        );
  const once = { own: 1, others: Math.min(1, promptAnswers.others) };
  const halves = [0, 1].map((half) => generalQuestions.filter((_, i) => generalQuestions.length < 2 || i % 2 === half));
  const layers = layersAt(protocol.layerDepths, nLayers).length;
  const perSeed = [
    ...open.map((condition) => ({
      questions: generalQuestions.map(
        (question, q) =>
        systems[condition].length === 0 ? question : { ...question, system: systems[condition][q % systems[condition].length] }, // prettier-ignore
      ),
      times: surveyAnswers,
      maxNewTokens,
    })),
    ...[
      ...(asked.length === 0 ? [] : [{ questions: onTraits, times: promptAnswers.own }]),
      ...effects(traits, promptAnswers),
      ...effects(controls, once),
    ].map((part) => ({ ...part, maxNewTokens: behaviourTokens })),
  ];
  const answers = study.seeds.flatMap((seed) => {
    const dealt = shuffledPromptSets(traits, seed).filter(({ positive }) => positive.length > 0);
    return [...perSeed, ...effects(dealt, once).map((part) => ({ ...part, maxNewTokens: behaviourTokens }))];
  });
  // Each trait and a random direction beside it, towards both poles.
  const steered = traits.map((_, k) => ({
    questions: halves[k % 2],
    times: 4 * layers * LAYER_FRACTIONS.length,
    maxNewTokens,
  }));
  return {
    answers: [...answers, ...steered],
    passes: [...extraction(suite, traits), { questions: generalQuestions, times: layers }],
    finetunes: [],
  };
}

function ablationWork({ study, protocol, generalQuestions, driftPrompts }: Suite, nLayers: number): TaskWork {
  const { ablated, seeds } = study;
  const { maxNewTokens, finalAnswers } = protocol;
  const asked = seeds.length * (2 + RANDOM_ABLATIONS) + 2 * nLayers;
  return {
    answers: [{ questions: generalQuestions, times: finalAnswers * asked, maxNewTokens }],
    passes: [
      { questions: driftPrompts, times: 2 * seeds.length },
      { questions: generalQuestions, times: finalAnswers * seeds.length },
    ],
    finetunes: ablated === undefined ? [] : seeds.map((seed) => ({ ...ablated, seed })),
  };
}

function basesPasses(suite: Suite): Asked[] {
  const { traits, controls, personas } = suite;
  const persona = { trait: 'persona', positive: personas.misaligned, negative: personas.aligned };
  return extraction(suite, [...traits, ...controls, ...traits, persona]);
}

/** Every extraction question under every system prompt. */
function extraction({ extractionQuestions }: Suite, sets: readonly TraitPrompts[]): Asked[] {
  return sets.flatMap(({ positive, negative }) =>
    [...positive, ...negative].map((system) => ({
      questions: extractionQuestions.map((question) => ({ ...question, system })),
      times: 1,
    })),
  );
}
