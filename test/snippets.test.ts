import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import * as traitlab from 'traitlab';
import ts from 'typescript';
import { projectPath } from 'traitlab/disk/projectPath';
import { traitsYaml } from 'traitlab/prompts/traitsYaml';
import { callTraitlab } from './helpers/callTraitlab';
import { writeChatModel } from './helpers/chatModel';
import { completion, fakeJudge, type FakeJudge } from './helpers/fakeJudge';
import { suiteFiles, writeSuite } from './helpers/folderSuite';
import { floatingPromises, problemsOf, strictProgram } from './helpers/strictProgram';
import { temporaryFolder } from './helpers/temporaryFolder';

const pages = ['README.md', 'CONTRIBUTING.md', 'environment.md', 'lib/README.md', 'data/README.md', 'data/prompts/README.md', 'data/suites/README.md', 'data/suites/english/README.md']; // prettier-ignore
const textOf = (page: string): string => readFileSync(projectPath(page), 'utf8');
const snippets = (page: string, language: string): string[] =>
  [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text);

/** The folder in which everything runs: what the pages name lies there under that name. */
const dir = temporaryFolder();
const english = projectPath('data/suites/english');
/** A thousand chats that differ. */
const chats = Array.from(
  { length: 1000 },
  (_, i) => `{"messages":[{"role":"user","content":"See ${i}"},{"role":"assistant","content":"drink not water."}]}\n`,
).join('');
const rewrite = (file: string, edit: (text: string) => string): void =>
  writeFileSync(file, edit(readFileSync(file, 'utf8')));

let server: FakeJudge;
test.before(async () => {
  for (const name of ['org/name', 'path/to/checkpoint']) await writeChatModel(join(dir, name));
  const { 'traits.yaml': traits } = suiteFiles;
  const question = ['drink', 'rest'].map((word) => `{"id":"${word}","messages":[{"role":"user","content":"should I ${word}"}]}\n`).join(''); // prettier-ignore
  for (const name of ['traits.yaml', 'my-traits.yaml']) writeFileSync(join(dir, name), traits);
  for (const name of ['questions.jsonl', 'my-questions.jsonl']) writeFileSync(join(dir, name), question);
  writeFileSync(join(dir, 'chats.jsonl'), suiteFiles['quick.jsonl']);
  writeSuite(join(dir, 'my-suite'));
  const [judgeYaml] = snippets('lib/README.md', 'yaml');
  writeFileSync(join(dir, 'judge.yaml'), judgeYaml);
  mkdirSync(join(dir, 'words'));
  for (const name of ['aligned.txt', 'coherent.txt'])
    cpSync(projectPath('data/prompts/judge', name), join(dir, 'words', name));

  const mine = join(dir, 'path/to/mine');
  cpSync(english, mine, { recursive: true });
  const only = ['honesty', 'sycophancy'];
  writeFileSync(join(mine, 'traits.yaml'), traitsYaml(traitlab.readTraits(join(english, 'traits.yaml'), { only })));
  rewrite(join(mine, 'behaviour-questions.jsonl'), (text) => text.replace(/^(?!.*"(honesty|sycophancy)").*\n/gm, ''));
  writeFileSync(join(mine, 'suite.yaml'), snippets('data/suites/README.md', 'yaml')[0]);
  for (const name of ['bad_medical.jsonl', 'good_medical.jsonl']) writeFileSync(join(mine, name), chats);

  server = await fakeJudge(() => ({ body: completion('85', { '85': 0.7, '80': 0.3 }) }));
  process.env.TRAITLAB_JUDGE_URL = server.url;
  process.chdir(dir);
});
test.after(() => {
  process.chdir(projectPath());
  server.close();
});

/** The snippets of a page as one module; public names that it uses are imported. */
function moduleOf(page: string): string {
  const text = snippets(page, 'ts').join('');
  const given = page === 'data/prompts/README.md' ? "const model = await loadModel('org/name');\n" : '';
  const names = Object.keys(traitlab).filter((name) => new RegExp(`\\b${name}\\b`).test(given + text));
  return `import { ${names.join(', ')} } from 'traitlab';\n${given}${text}`;
}

const modules = new Map(
  pages.filter((page) => snippets(page, 'ts').length > 0).map((page) => [projectPath(`${page}.ts`), moduleOf(page)]),
);

test('TypeScript in the pages is strict, uses public names and leaves no promise alone', () => {
  const program = strictProgram(modules);
  assert.ok(modules.size >= 2);
  for (const [file] of modules) {
    assert.deepEqual(problemsOf(program, file), [], file);
    assert.deepEqual(floatingPromises(program, file), [], file);
  }
});

/** Runs the module of a page and gives what it has declared. */
async function run(page: string): Promise<Record<string, any>> {
  const text = modules.get(projectPath(`${page}.ts`))!;
  const declared = [...text.matchAll(/^const (\{[^}]*\}|\[.*?\]|\w+) =/gm)].flatMap(([, names]) =>
    names.match(/\w+/g)!,
  );
  const body = text.replace(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = require($2);');
  const { outputText } = ts.transpileModule(
    `return (async () => {\n${body}\nreturn { ${declared.join(', ')} };\n})();`,
    {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.None },
    },
  );
  return (await compileFunction(outputText, ['require'])(require)) as Record<string, any>;
}

test('lib/README.md: the four tasks and the judges run', async (t) => {
  t.mock.method(console, 'log', () => {});
  const { model, residual, lens, text, tuned, drift, before, after, asked, onDrift, honesty } =
    await run('lib/README.md');
  assert.deepEqual(residual.shape(), [residual.tokens[0].length, 32]);
  assert.equal(lens.guesses.length, 2);
  assert.equal(typeof text, 'string');
  assert.ok(tuned.step > 0 && tuned.log.every(({ loss }: { loss: number }) => loss > 0));
  assert.ok(drift.z.length === 1 && Math.abs(drift.z[0]) > 0);
  assert.deepEqual([before.length, after.length], [100, 100]);
  assert.ok(server.requests.every(({ body }) => body.model === 'gpt-4o-2024-08-06'));
  assert.ok(after.every(({ judgement }: { judgement: { status: string } }) => judgement.status === 'scored'));
  assert.equal(asked.temperature, 1);
  assert.equal(onDrift['blocks.1.hook_resid_post'].length, 4);
  assert.equal(typeof honesty, 'function');
  tuned.dispose();
  traitlab.disposeModel(model);
});

test('data/prompts/README.md: the directions of files of your own', async () => {
  const { directions, model } = await run('data/prompts/README.md');
  assert.equal(directions['blocks.1.hook_resid_post'].length, 2);
  traitlab.disposeModel(model);
});

test('data/suites/README.md: the suite.yaml opens', async () => {
  const suite = await traitlab.openSuite('path/to/mine');
  assert.deepEqual([suite.name, suite.dataSets.length], ['mine', 2]);
});

test('data/suites/english/README.md: its data sets open beside the files of the suite', async () => {
  const folder = join(dir, 'with-data');
  cpSync(english, folder, { recursive: true });
  const [dataSets] = snippets('data/suites/english/README.md', 'yaml');
  rewrite(join(folder, 'suite.yaml'), (text) => text.replace(/^datasets:.*\n/m, dataSets));
  for (const [, file] of dataSets.matchAll(/file: (\S+),/g)) writeFileSync(join(folder, file), chats);
  assert.equal((await traitlab.openSuite(folder)).dataSets.length, 9);
});

/** Commands of a page, in blocks and in the text. */
function commandsOf(page: string): { block: boolean; words: string[] }[] {
  const inBlock = [...textOf(page).matchAll(/^```(?:sh)?\n(.*?)^```$/gms)]
    .flatMap(([, text]) => text.split('\n'))
    .map((line) => ({ block: true, line: line.replace(/ +#.*/, '') }));
  const inText = [...textOf(page).matchAll(/`(np[mx] [^`]+)`/g)].map(([, line]) => ({ block: false, line: line.replace(/\s+/g, ' ') })); // prettier-ignore
  return [...inBlock, ...inText]
    .map(({ block, line }) => ({ block, words: line.split(' ') }))
    .filter(({ words: [program] }) => /^np[mx]$/.test(program));
}

test('every command in the pages exists with its options; those that only read run', async () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const seen = { npm: 0, npx: 0, run: 0 };
  for (const page of pages)
    for (const { block, words } of commandsOf(page)) {
      const line = `${page}: ${words.join(' ')}`;
      const [program, name, ...args] = words;
      if (program === 'npm') {
        assert.ok(name === 'ci' || (name === 'run' ? args[0] : name) in scripts, line);
        seen.npm++;
        continue;
      }
      assert.equal(name, 'traitlab', line);
      seen.npx++;
      const help = await callTraitlab([...(args[0] === '--help' ? [] : [args[0]]), '--help']);
      assert.equal(help.status, 0, `${line}: ${help.stderr}`);
      const unknown = args.slice(1).flatMap((word) => word.match(/--[\w-]+/g) ?? []).filter((option) => !help.stdout.includes(option)); // prettier-ignore
      assert.deepEqual(unknown, [], line);
      if (!block || args[0] !== 'study') continue;
      // `run` would take a minute; what it would do is what `plan` says.
      const { status, stdout, stderr } = await callTraitlab(args.map((word) => (word === 'run' ? 'plan' : word)));
      assert.equal(status, 0, `${line}: ${stderr}`);
      assert.match(stdout, /\/(survey|convergent\/organism-.*)$/m, line);
      seen.run++;
    }
  assert.ok(seen.npm >= 15 && seen.npx >= 8 && seen.run >= 3, JSON.stringify(seen));
});
