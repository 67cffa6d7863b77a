import { TRAITS } from 'traitlab/micro/traits';
import { proportion } from 'traitlab/stats/proportion';
import type { OrganismFacts } from 'traitlab/micro/organismBars';
import type { Bases, Basis } from 'traitlab/study/basis';
import type { Survey, SurveySeed } from 'traitlab/study/survey';
import { AXES, axis, goodCells, labelCounts } from './cellRecords';

const basis = (first: number): Basis => ({
  names: TRAITS,
  directions: TRAITS.map((_, k) => axis(first + k)),
  splitHalf: TRAITS.map(() => 0.97),
});

/** Bases of seven directions each at one layer, all of them at right angles. */
export function orthogonalBases(): Bases {
  const { traits, styles, shuffled, random } = AXES;
  const persona: Basis = { names: ['misaligned persona'], directions: [axis(AXES.persona)], splitHalf: [0.97] };
  return {
    traits: [basis(traits)],
    styles: [basis(styles)],
    shuffled: [basis(shuffled)],
    random: [basis(random)],
    persona: [persona],
  };
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
export function organismFacts(name: string): OrganismFacts {
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
  const survey: Survey = {
    modelHash: 'h',
    seeds: [1, 2, 3].map(surveySeed),
    layerChoice: {
      layer: 0,
      passes: true,
      gate: 0.9,
      stableFrom: 0.95,
      apartUpTo: 0.85,
      sweep: [row, { ...row, residualFraction: 1, mean: 0.9, coherent: 0.4 }],
    },
  };
  const answers = (em: number): OrganismFacts['ablation']['rows'][number]['answers'] => labelCounts(400, em);
  const rows = [1, 2, 3].flatMap((seed) => [
    { seed, ablated: 'nothing', answers: answers(0.4) } as const,
    { seed, ablated: 'direction', answers: answers(0.01) } as const,
    { seed, ablated: 'random direction', answers: answers(0.41) } as const,
  ]);
  const direction = { kind: 'drift', layer: 0, candidates: [] } as const;
  const ablation = { modelHash: 'h', direction, rows };
  return { name, survey, ablation, cells: goodCells(), bases: orthogonalBases() };
}
