import test from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from 'traitlab/disk/projectPath';
import { hashModel } from 'traitlab/model/weightFiles';
import { studyModels } from 'traitlab/study/studyModel';
import { temporaryFolder } from '../helpers/temporaryFolder';

const root = temporaryFolder();
const [dir, twin, out] = ['one/llama', 'two/llama', 'out'].map((name) => join(root, name));
const golden = projectPath('test/goldens/llama/gqa-tied-llama3');
const remembered = join(out, 'llama/model.json');

test.before(() => {
  for (const copy of [dir, twin]) cpSync(golden, copy, { recursive: true });
});

test('a folder is named after itself, an organism by its name, and a hash is of config and weights', async () => {
  const [model] = await studyModels({ out }, [dir]);
  assert.deepEqual(model, { name: 'llama', dir, hash: hashModel(dir), systemRole: undefined });
  const [organism] = await studyModels({ out: join(root, 'micro') }, ['gemma2']);
  assert.deepEqual([organism.name, organism.dir], ['gemma2', projectPath('data/micro/gemma2')]);
  const [folded] = await studyModels({ out, rolesOf: (names) => new Map(names.map((name) => [name, 'fold'])) }, [dir]);
  assert.deepEqual(folded, { ...model, systemRole: 'fold' });
});

test('the hash is remembered until a file changes; what is remembered of something else is not taken', async () => {
  const hash = hashModel(dir);
  await studyModels({ out }, [dir]);
  const known = JSON.parse(readFileSync(remembered, 'utf8')) as { hash: string };
  assert.equal(known.hash, hash);
  writeFileSync(remembered, JSON.stringify({ ...known, hash: 'remembered' }));
  assert.equal((await studyModels({ out }, [dir]))[0].hash, 'remembered');
  assert.equal((await studyModels({ out }, [twin]))[0].hash, hash, 'another folder of the name');
  assert.equal((await studyModels({ out }, [dir]))[0].hash, hash);
  const config = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as object;
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ ...config, rms_norm_eps: 1e-5 }));
  const [changed] = await studyModels({ out }, [dir]);
  assert.notEqual(changed.hash, hash);
  assert.equal(changed.hash, hashModel(dir));
  for (const text of ['null', '{}', '[]']) {
    writeFileSync(remembered, text);
    assert.equal((await studyModels({ out }, [dir]))[0].hash, changed.hash, text);
  }
});

test('two models of one name, a model that is not there and a damaged memory are named', async () => {
  await assert.rejects(studyModels({ out }, [dir, twin]), {
    message: `studyModels: ${dir} and ${twin} are both named llama; expected different names`,
  });
  await assert.rejects(studyModels({ out }, [join(root, 'nowhere')]), /nowhere/);
  truncateSync(remembered, 10);
  await assert.rejects(studyModels({ out }, [dir]), {
    message: `studyModels: ${remembered}: not JSON (it ends too early); expected a JSON document`,
  });
});
