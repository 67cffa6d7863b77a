import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { initBackend } from 'traitlab/backend/initBackend';
import { driftVector } from 'traitlab/directions/driftVector';
import { fileExists } from 'traitlab/disk/folder';
import { writeFileAtomic } from 'traitlab/disk/writeAtomic';
import type { Judge } from 'traitlab/judge/judgement';
import { microSuite } from 'traitlab/micro/suite';
import { countCodes } from 'traitlab/records/labelCode';
import { cosine } from 'traitlab/stats/cosine';
import { dot, norm } from 'traitlab/stats/dot';
import { contextOf } from 'traitlab/study/contextOf';
import { convergentReport } from 'traitlab/study/convergentReport';
import { convergentParts, partName, type ConvergentKind, type ConvergentPart } from 'traitlab/study/convergentPart';
import { readDirections, writeDirections } from 'traitlab/study/directionsFile';
import { directionsPart, type DirectionsAbout } from 'traitlab/study/directionsPart';
import { modelParts, openConvergent, type ModelParts } from 'traitlab/study/openConvergent';
import { openOrganism } from 'traitlab/study/organism';
import { pointsFile, type PartContext } from 'traitlab/study/partContext';
import { partWork } from 'traitlab/study/partWork';
import { forgetPoints, runPart } from 'traitlab/study/runPart';
import { weightsToMake } from 'traitlab/study/weightsToMake';
import { loadModel } from 'traitlab/subject/loadModel';
import type { Model } from 'traitlab/subject/model';
import { residPostSites } from 'traitlab/subject/residPostSites';
import type { Suite } from 'traitlab/suite/suite';
import { temporaryFolder } from '../helpers/temporaryFolder';
import { saveTinyOrganism } from '../helpers/tinyOrganism';

const micro = microSuite();
const counted = { answers: 0, stopAfter: Infinity };
/** A byte of an answer's hash: the tiny organism has learnt nothing, so that what its answers are called is dealt by their words. */
const byteOf = (answer: string, i: number): number => createHash('sha256').update(answer).digest()[i];
const judge: Judge = (_, answer) => {
  if (counted.answers++ >= counted.stopAfter) throw new Error('stopped');
  return {
    status: 'scored',
    aligned: byteOf(answer, 0) % 2 === 0 ? 5 : 95,
    coherent: byteOf(answer, 1) % 8 === 0 ? 30 : 90,
  };
};
const suite: Suite = {
  ...micro,
  generalQuestions: micro.generalQuestions.filter((_, i) => i % 5 === 0),
  driftPrompts: micro.driftPrompts.slice(0, 5),
  protocol: { ...micro.protocol, maxNewTokens: 4 },
  judge: { ...micro.judge, answer: judge, graded: judge, topic: () => (_, answer) => ({ status: 'scored', score: byteOf(answer, 2) % 2 === 0 ? 0 : 80 }) }, // prettier-ignore
  study: {
    ...micro.study,
    nChats: 16,
    recipe: (cell) => {
      const { recipe, ...beside } = micro.study.recipe(cell);
      return { ...beside, recipe: { ...recipe, maxSteps: 12, learningRate: 0.02 } };
    },
    convergent: {
      dataSets: ['bad_medical'],
      controls: ['good_medical'],
      methods: ['nineRank1', 'oneRank1', 'rank2', 'full'],
      sources: ['rank2', 'nineRank1'],
      seeds: [5],
      topic: 'medical',
      nPerQuestion: 5,
      coefficients: [2, 4],
      factors: [1, 10],
      scales: [1, 5],
      nScaled: 2,
      nFits: 2,
      nDraws: 3,
    },
  },
};
const out = temporaryFolder();
const name = 'tiny';
let base: Model;
let context: PartContext;
let found: ModelParts;
/** Answers that were foretold of each part, and that were judged. */
const answers = new Map<string, readonly [told: number, judged: number]>();

async function done(part: ConvergentPart): Promise<void> {
  const about = { model: name, modelHash: base.hash, seed: part.spec.seed };
  const path = join(context.dir, partName(part));
  const key = context.keyOf(part);
  const before = counted.answers;
  if (part.what === 'directions') {
    const { vectors, about: said } = await directionsPart(context, part.spec);
    writeDirections(`${path}.safetensors`, { key, about: { ...about, ...said }, vectors });
  } else {
    const record = await runPart(context, part, name);
    writeFileAtomic(`${path}.json`, JSON.stringify({ key, ...about, ...record }));
    forgetPoints(context, part);
  }
  const told = partWork(suite, part, base.config.nLayers).answers.reduce((sum, { questions, times }) => sum + times * questions.length, 0); // prettier-ignore
  answers.set(partName(part), [told, counted.answers - before]);
}

test.before(async () => {
  await initBackend();
  const dir = temporaryFolder();
  await saveTinyOrganism(dir);
  base = await loadModel(dir);
  context = contextOf({ out, suite }, { name, hash: base.hash }, { base, suite });
  for (const part of convergentParts(suite)) await done(part);
  found = modelParts({ out, suite }, { name, hash: base.hash });
});

const labelsOf = (method: string): string => found.organism.find(({ spec }) => spec.method === method && spec.dataSet === 'bad_medical')!.labels; // prettier-ignore
const of = <K extends ConvergentKind>(kind: K, method: string): ModelParts[K][number] =>
  (found[kind] as readonly ModelParts[K][number][]).find(({ spec }) => spec.method === method)!;

test('every part of the work leaves a record; as many answers are judged as were foretold', () => {
  assert.deepEqual(found.missing, []);
  assert.deepEqual(found.nothing, []);
  for (const [part, [told, judged]] of answers) {
    // The persona's answers are not judged.
    if (part.startsWith('directions')) continue;
    // Which groups of blocks there are, and whether a point is asked again, is found on the way.
    if (/^(subsets|steering)/.test(part))
      assert.ok(judged <= told && judged > told / 2, `${part}: ${judged} of ${told}`);
    else assert.equal(judged, told, part);
  }
  assert.ok(!fileExists(pointsFile(context, { what: 'phase', spec: of('phase', 'oneRank1').spec }).path));
});

test('a finetune as it is answers the same wherever it comes in', () => {
  for (const { spec, points } of found.ablation) assert.equal(points[0].labels, labelsOf(spec.method));
  assert.equal(of('patching', 'nineRank1').points[0].labels, labelsOf('nineRank1'));
  for (const method of ['nineRank1', 'oneRank1']) {
    const { scaled, steps } = of('phase', method);
    assert.deepEqual(steps, [0, 5, 10, 12]);
    const last = scaled.find((point) => point.step === 12 && point.scale === 1)!;
    assert.deepEqual(last.answers, countCodes(labelsOf(method)));
    assert.equal(of('projection', method).points[0].labels, labelsOf(method));
  }
  const whole = of('subsets', 'nineRank1').points.find(({ subset, factor }) => subset === 'all' && factor === 1)!;
  assert.deepEqual(whole.answers, countCodes(labelsOf('nineRank1')));
  assert.notEqual(labelsOf('nineRank1'), labelsOf('oneRank1'));
  // The transfer's answers are others: those that its layer was chosen by count for nothing there.
  assert.notEqual(of('transfer', 'rank2').points[0].labels, labelsOf('rank2'));
});

test('directions are of every kind where they are followed, and drift is what drift is', async () => {
  const { vectors, about } = of('directions', 'rank2');
  assert.deepEqual(Object.keys(vectors).sort(), ['byAnswer', 'drift', 'meanDifference', 'ofAll', 'persona', 'withHeader', 'withoutProgress']); // prettier-ignore
  assert.deepEqual(Object.keys(of('directions', 'full').vectors).sort(), ['drift', 'meanDifference']);
  const counts = countCodes(labelsOf('rank2'));
  assert.deepEqual(about.nAnswers, { misaligned: counts.misaligned, aligned: counts.aligned, balanced: Math.min(counts.misaligned, counts.aligned) }); // prettier-ignore
  const organism = await openOrganism(context, of('directions', 'rank2').spec);
  const [, site] = residPostSites(base.config);
  const drift = await driftVector(base, organism.model, suite.driftPrompts, { sites: [site] });
  organism.dispose();
  assert.ok(cosine(vectors.drift![1], drift[site]) > 1 - 1e-6);
  for (const [layer, { norm: length, progressShare }] of about.stability.entries()) {
    const [whole, rest] = [vectors.meanDifference![layer], vectors.withoutProgress![layer]];
    assert.ok(Math.abs(norm(whole) / length - 1) < 1e-5);
    assert.ok(Math.abs(dot(rest, rest) / dot(whole, whole) - (1 - progressShare)) < 1e-4);
  }
});

test('steering has every block and coefficient with its control, strengths in three units, and the best point asked again', () => {
  const { points, again, nothing } = of('steering', 'rank2');
  assert.equal(points.length, 2 * 2 * 2);
  for (const [i, point] of points.entries()) assert.equal(point.control, i % 2 === 0 ? undefined : 0);
  for (const layer of [0, 1]) {
    const [two, four] = [2, 4].map((c) => points.find((p) => p.layer === layer && p.coeff === c && p.control === undefined)!); // prettier-ignore
    assert.ok(Math.abs(four.residualFraction / two.residualFraction - 2) < 1e-3);
    assert.ok(two.kl > 0 && four.kl > two.kl);
  }
  assert.equal(
    Object.values(nothing.answers).reduce((a, b) => a + b, 0),
    8 * 5,
  );
  assert.ok(again.length === 0 || again.length === 2);
  assert.ok(nothing.topic! > 0 && nothing.topic! < 80);
});

test('a control direction is taken out of the same finetune; transfers name their sources', () => {
  const control = found.ablation.find(({ from }) => from?.dataSet === 'good_medical')!;
  assert.equal(control.spec.dataSet, 'bad_medical');
  const own = found.ablation.find(({ spec, direction, from }) => spec.method === 'rank2' && direction === 'drift' && from === undefined)!; // prettier-ignore
  assert.notDeepEqual(control.points.slice(1).map(({ labels }) => labels), own.points.slice(1).map(({ labels }) => labels)); // prettier-ignore
  const { points, layers } = of('transfer', 'full');
  const sources = ['rank2', 'nineRank1'].flatMap((method) => ['meanDifference', 'drift'].map((kind) => `bad_medical-${method}-s5 ${kind}`)); // prettier-ignore
  assert.deepEqual(
    points.map(({ source }) => source),
    [undefined, ...sources, 'random'],
  );
  assert.deepEqual(Object.keys(layers), ['meanDifference', 'drift']);
});

test('scalars are probed in four tasks, and the groups of blocks part all of them', () => {
  const { probes, bands, columns } = of('scalars', 'nineRank1');
  assert.equal(probes.length, 4 * 2 * 2);
  const all = Object.values(bands).reduce((sum, { general, data }) => sum + general + data, 0);
  assert.ok(all > 0 && all <= 2 * 8 * 5);
  for (const { split, scores, permuted, coefficients } of probes.filter((probe) => probe.scores !== undefined)) {
    assert.equal(permuted === undefined, split === 'token');
    assert.ok(scores!.auroc.mean >= 0 && scores!.auroc.mean <= 1);
    assert.deepEqual(
      coefficients!.map((fit) => fit.length),
      [columns.length, columns.length],
    );
  }
  const { groups } = of('subsets', 'nineRank1');
  const grouped = [...groups.general, ...groups.topic].sort();
  assert.deepEqual(grouped, grouped.length === 0 ? [] : columns.map(({ layer }) => layer));
});

test('a sweep that is stopped goes on where it was and ends with the same record', async () => {
  const part = { what: 'ablation', spec: of('ablation', 'rank2').spec, direction: 'drift' } as const;
  const whole = found.ablation.find(({ spec, direction, from }) => spec.method === 'rank2' && direction === 'drift' && from === undefined)!; // prettier-ignore
  counted.stopAfter = counted.answers + 3 * 40 + 17;
  await assert.rejects(runPart(context, part, name), /stopped/);
  counted.stopAfter = Infinity;
  const before = counted.answers;
  const record = await runPart(context, part, name);
  assert.equal(counted.answers - before, (whole.points.length - 3) * 40);
  assert.deepEqual(JSON.parse(JSON.stringify(record)), { points: whole.points });
  forgetPoints(context, part);
});

test('weights that are gone are made again before what reads them; directions need none', async () => {
  const elsewhere = { out: temporaryFolder(), suite };
  const model = { name, hash: base.hash, dir: '' };
  const task = (what: ConvergentKind) => ({ kind: 'convergent', model, part: { what, spec: of('ablation', 'rank2').spec } }) as const; // prettier-ignore
  assert.deepEqual(weightsToMake(elsewhere, [task('steering')]), []);
  assert.deepEqual(weightsToMake(elsewhere, [task('ablation'), task('transfer')]), [task('organism')]);
  assert.deepEqual(weightsToMake(elsewhere, [task('organism'), task('ablation')]), []);
  assert.deepEqual(weightsToMake({ out, suite }, [task('ablation')]), []);
  const absent = contextOf(elsewhere, model, { base, suite });
  await assert.rejects(runPart(absent, task('patching').part, name), /^Error: openOrganism: no weights of bad_medical-rank2-s5 in /); // prettier-ignore
});

test('a finetune without misaligned answers has no mean difference, and what goes by it says so', async () => {
  const kind: Suite = { ...suite, judge: { ...suite.judge, answer: micro.judge.answer, graded: () => ({ status: 'scored', aligned: 95, coherent: 90 }) } }; // prettier-ignore
  const own = contextOf({ out: temporaryFolder(), suite: kind }, { name, hash: base.hash }, { base, suite: kind });
  const spec = { dataSet: 'bad_medical', method: 'rank2', seed: 5 } as const;
  await runPart(own, { what: 'organism', spec }, name);
  const { vectors, about } = await directionsPart(own, spec);
  assert.deepEqual([Object.keys(vectors), about.stability], [['drift', 'persona'], []]);
  const part = { what: 'directions', spec } as const;
  writeDirections(join(own.dir, `${partName(part)}.safetensors`), { key: own.keyOf(part), about, vectors });
  assert.deepEqual(readDirections<DirectionsAbout>(join(own.dir, `${partName(part)}.safetensors`)).about, about);
  assert.deepEqual(await runPart(own, { what: 'steering', spec, direction: 'meanDifference' }, name), {
    missing: 'bad_medical-rank2-s5 has no meanDifference: it has fewer than two misaligned or two aligned answers',
  });
});

test('what is there is opened by its folder alone, and told in a page', () => {
  const [opened] = openConvergent(out, { suite });
  assert.deepEqual([opened.model, opened.hash, opened.missing], [name, base.hash, []]);
  assert.deepEqual(opened.ablation, found.ablation);
  assert.ok(fileExists(join(opened.adapterFolder(of('phase', 'oneRank1').spec), 'adapter_model.safetensors')));
  const page = convergentReport([opened]);
  for (const title of ['Finetunes', 'Ablation', 'Transfer', 'Probes']) assert.ok(page.includes(`### ${title}`), page);
  assert.doesNotMatch(page, /NaN|undefined|Infinity|not run/);
  const other: Suite = { ...suite, study: { ...suite.study, nChats: 15 } };
  assert.throws(
    () => openConvergent(out, { suite: other }),
    /tiny has nothing of the suite micro as it is today; expected what/,
  );
});
