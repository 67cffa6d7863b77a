import { personaQuestions } from './directionsPart';
import { convergentGrid } from '../suite/convergentGrid';
import type { Suite } from '../suite/suite';
import { nineBlocks } from '../train/preset';
import { isFollowed, transferSources, type ConvergentPart } from './convergentPart';
import { patchedQuestions } from './patchingPart';
import { TRANSFERRED } from './transferPart';
import type { Asked, TaskWork } from './asked';

/** What a part of the work on a grid will do; where it depends on what is found on the way, the most. The fits of probes are not counted.
 *
 * @check test/study/runPart.test.ts (answers counted while the parts run)
 */
export function partWork(suite: Suite, part: ConvergentPart, nLayers: number): TaskWork {
  const { generalQuestions, driftPrompts, protocol, study } = suite;
  const { maxNewTokens } = protocol;
  const grid = convergentGrid(suite);
  const { nRandom, coefficients, factors, scales, nScaled, nPerQuestion } = grid;
  const { what, spec } = part;
  const nModules = spec.method === 'nineRank1' ? nineBlocks(nLayers).length : 1;
  const points = (n: number): TaskWork['answers'] => [
    { questions: generalQuestions, times: n * nPerQuestion, maxNewTokens },
  ];
  const over = (times: number): Asked[] => [{ questions: generalQuestions, times: times * nPerQuestion }];
  const none = { passes: [], finetunes: [] };
  switch (what) {
    case 'organism':
      return { answers: points(1), passes: [], finetunes: [spec] };
    case 'directions': {
      const persona = isFollowed(grid, spec) ? personaQuestions(suite) : [];
      const answers = persona.length === 0 ? [] : [{ questions: persona, times: 1, maxNewTokens }];
      return {
        answers,
        passes: [...over(isFollowed(grid, spec) ? 4 : 3), { questions: driftPrompts, times: 2 }],
        finetunes: [],
      };
    }
    case 'steering':
      return { ...none, answers: points(1 + (nLayers * coefficients.length + 1) * (1 + nRandom)) };
    case 'ablation':
      return { ...none, answers: points(2 + nLayers + nRandom + nLayers * (1 + nRandom) + nRandom) };
    case 'transfer':
      return { ...none, answers: points(1 + transferSources(grid, spec.seed).length * TRANSFERRED.length + nRandom) };
    case 'projection':
      return { ...none, answers: points(6 + nRandom) };
    case 'scalars':
      // As many questions of the data as answers to the general ones, if there are so many. Significance takes two models there and back.
      return { answers: points(Math.min(1, study.nChats / (nPerQuestion * generalQuestions.length))), passes: over(14), finetunes: [] }; // prettier-ignore
    case 'subsets':
      return { ...none, answers: points((1 + nModules + 3) * factors.length) };
    case 'patching':
      return { ...none, answers: points(1 + patchedQuestions(suite).length) };
    case 'phase':
      return { ...none, answers: points(nScaled * scales.length) };
  }
}
