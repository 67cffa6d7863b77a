import { TRAITS } from 'traitlab/micro/traits';
import { rng } from 'traitlab/random/rng';
import { proportion } from 'traitlab/stats/proportion';
import { toUnit } from 'traitlab/stats/toUnit';
import type { Basis, BasisName } from 'traitlab/study/directionBases';
import type { NamedFacts } from 'traitlab/study/microTable';
import type { OrganismSurvey, SurveySeed } from 'traitlab/study/organismSurvey';
import { goodCells, labelCounts } from './cellRecords';

const random = rng(3);
const basis = (): Basis => ({
  names: TRAITS,
  directions: TRAITS.map(() => toUnit(Float64Array.from({ length: 32 }, () => random.normal()))),
  splitHalf: TRAITS.map(() => 0.97),
});

/** Bases of seven random directions at one layer. */
export function randomBases(): Record<BasisName, Basis[]> {
  return { traits: [basis()], styles: [basis()], shuffled: [basis()], random: [basis()] };
}

function surveySeed(seed: number): SurveySeed {
  const behaviour = TRAITS.map((trait) => {
    const [positive, negative] = [proportion(90, 100), proportion(5, 100)];
    return { trait, positive, negative, lean: 0.85 };
  });
  const measured = Object.fromEntries(
    behaviour.map((row) => [row.trait, { positive: row, negative: row }]),
  ) as SurveySeed['effects']['traits'][number]['measured'];
  const effects = (own: number | undefined, others: number): SurveySeed['effects']['traits'] =>
    TRAITS.map((named) => ({ named, measured, own, others }));
  return {
    seed,
    answers: {
      'no prompt': labelCounts(800, 0.005),
      'aligned prompts': labelCounts(800, 0.0025),
      'misaligned prompts': labelCounts(800, 0.95),
      'style prompts': labelCounts(800, 0.01),
    },
    behaviour,
    effects: { traits: effects(0.9, 0.12), styles: effects(undefined, 0.03), shuffled: effects(-0.08, 0.05) },
  };
}

/** Made-up facts of an organism that clears its bars, but for the cosines of its random directions. */
export function organismFacts(name: string): NamedFacts {
  const effects = Object.fromEntries(TRAITS.map((trait) => [trait, 0.6])) as Record<(typeof TRAITS)[number], number>;
  const row = {
    layer: 0,
    residualFraction: 0.5,
    effects,
    mean: 0.6,
    random: 0.02,
    coherent: 0.97,
    stability: 0.97,
    largestCosine: 0.4,
  };
  const survey: OrganismSurvey = {
    modelHash: 'h',
    seeds: [1, 2, 3].map(surveySeed),
    layerChoice: {
      layer: 0,
      gate: 0.9,
      stableFrom: 0.95,
      apartUpTo: 0.85,
      sweep: [row, { ...row, residualFraction: 1, mean: 0.9, coherent: 0.4 }],
    },
    seconds: 1,
  };
  const answers = (em: number): NamedFacts['ablation']['rows'][number]['answers'] => labelCounts(400, em);
  const rows = [1, 2, 3].flatMap((seed) => [
    { seed, ablated: 'nothing', answers: answers(0.4) } as const,
    { seed, ablated: 'direction', answers: answers(0.01) } as const,
    { seed, ablated: 'random direction', answers: answers(0.41) } as const,
  ]);
  const direction = { kind: 'drift', layer: 0, candidates: [] } as const;
  const ablation = { modelHash: 'h', finetunes: [], direction, rows, seconds: 1 };
  return { name, survey, ablation, cells: goodCells(), bases: randomBases() };
}
