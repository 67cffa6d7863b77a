import type { DocumentPart } from '../documents/documentPart';
import { EM_DENOMINATORS } from '../judge/emRate';
import type { SuiteProtocol } from './suite';

/** What is taken where a suite's document says nothing.
 *
 * @source arXiv 2606.07631, section 3.3 (600 tokens, temperature 1, denominator) and 3.1 (layers around the middle); numbers of answers ours
 */
export const PROTOCOL_DEFAULTS: SuiteProtocol = {
  maxNewTokens: 600,
  behaviourTokens: 200,
  temperature: 1,
  batchSize: 8,
  denominator: 'notExcluded',
  surveyAnswers: 20,
  finalAnswers: 10,
  promptAnswers: { own: 1, others: 0 },
  layerDepths: [0.3, 0.4, 0.5, 0.6],
};

/** The protocol of a suite's document, its part `protocol`. What does not fit is noted on its part. */
export function suiteProtocol(part: DocumentPart): SuiteProtocol {
  const defaults = PROTOCOL_DEFAULTS;
  if (part.isMissing) return defaults;
  part.entries({ known: Object.keys(defaults) });
  const count = (key: Exclude<keyof SuiteProtocol, 'denominator' | 'promptAnswers' | 'layerDepths'>): number =>
    integer(part.get(key), 1) ?? defaults[key];
  const answers = part.get('promptAnswers');
  if (!answers.isMissing) answers.entries({ known: ['own', 'others'] });
  const isFrom0 = (t: number): boolean => t >= 0 && t < Infinity;
  return {
    maxNewTokens: count('maxNewTokens'),
    behaviourTokens: count('behaviourTokens'),
    temperature: part.get('temperature').number(isFrom0, 'a number from 0') ?? defaults.temperature,
    batchSize: count('batchSize'),
    denominator:
      (part.has('denominator') ? part.get('denominator').choice(EM_DENOMINATORS) : undefined) ?? defaults.denominator,
    surveyAnswers: count('surveyAnswers'),
    finalAnswers: count('finalAnswers'),
    promptAnswers: {
      own: integer(answers.get('own'), 1) ?? defaults.promptAnswers.own,
      others: integer(answers.get('others'), 0) ?? defaults.promptAnswers.others,
    },
    layerDepths: depths(part.get('layerDepths')) ?? defaults.layerDepths,
  };
}

/** An integer from some number on, or undefined if there is none. */
export function integer(part: DocumentPart, least: number): number | undefined {
  return part.number((n) => Number.isSafeInteger(n) && n >= least, `an integer from ${least}`);
}

function depths(part: DocumentPart): SuiteProtocol['layerDepths'] | undefined {
  if (part.isMissing) return undefined;
  if (part.value === 'all') return 'all';
  if (!Array.isArray(part.value)) {
    part.problem(`${JSON.stringify(part.value)}; expected all, or a list of numbers from 0 (first block) to 1 (last)`);
    return undefined;
  }
  return part.items('number').flatMap((item) => {
    const isDepth = (x: number): boolean => x >= 0 && x <= 1;
    if (item.isMissing) item.problem('missing; expected a number in [0, 1]');
    return item.number(isDepth, 'a number in [0, 1]') ?? [];
  });
}
