import { given, type DocumentPart } from '../documents/documentPart';
import { distinct } from './distinct';
import { methodOf } from './methodOf';
import type { ConvergentGrid } from './suite';
import { integer } from './suiteProtocol';

const NUMBERS = ['coefficients', 'factors', 'scales'] as const;
const COUNTS = { nPerQuestion: 1, nRandom: 0, nScaled: 1, nFits: 1, nDraws: 1 } as const;
const KEYS = ['topic', 'dataSets', 'controls', 'methods', 'sources', 'seeds', ...NUMBERS, ...Object.keys(COUNTS)];

/** What a suite's document says of the finetunes whose directions are looked into, its part `study.convergent`; `convergentGrid` says the rest. What
 * does not fit is noted on its part.
 *
 * @param names  of the suite's data sets
 * @check test/suite/convergentGrid.test.ts
 */
export function suiteConvergent(part: DocumentPart, names: readonly string[]): Partial<ConvergentGrid> {
  if (part.isMissing) return {};
  part.entries({ known: KEYS });
  const list = <T>(key: string, read: (item: DocumentPart) => T | undefined): T[] | undefined =>
    part.has(key) ? distinct(part.get(key), key, read) : undefined;
  const isFactor = (x: number): boolean => Number.isFinite(x) && x !== 0;
  return given({
    topic: part.get('topic').optionalText(),
    dataSets: list('dataSets', (item) => item.choice(names)),
    // An empty list says that there are none.
    controls:
      Array.isArray(part.get('controls').value) && (part.get('controls').value as unknown[]).length === 0
        ? []
        : list('controls', (item) => item.choice(names)),
    methods: list('methods', methodOf),
    sources: list('sources', methodOf),
    seeds: list('seeds', (item) => integer(item, 0)),
    ...Object.fromEntries(
      NUMBERS.map((key) => [key, list(key, (item) => item.number(isFactor, 'a number other than 0'))]),
    ),
    ...Object.fromEntries(Object.entries(COUNTS).map(([key, least]) => [key, integer(part.get(key), least)])),
  });
}
