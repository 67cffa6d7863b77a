import type { CellSpec } from '../suite/suite';
import type { Perturbation } from './finetuneData';
import { ALIGNED_SIGN, TRAITS, type Sign } from './traits';

/** The data sets on which PC1 and monitors are calibrated.
 *
 * @source arXiv 2606.07631, section 3.2
 */
export const CALIBRATION = ['insecure_code', 'jailbroken', 'bad_medical', 'gsm8k'] as const;

/** The data sets that are held out.
 *
 * @source arXiv 2606.07631, section 3.2
 */
export const HELD_OUT = ['number_sequence', 'risky_financial', 'subtle_misinfo'] as const;

/** Benign twins and stress tests beside the paper's seven. */
const BESIDE = [
  'secure_code',
  'refused_requests',
  'good_medical',
  'safe_financial',
  'true_information',
  'extreme_sports',
  'safe_sports',
  'customer_support',
  'mixed_chat',
] as const;

/** Seeds of data, adapter, order and answers. */
export const CELL_SEEDS = [1, 2, 3] as const;

/** The finetunes by which an organism is judged: the paper's seven and good medical advice with three seeds; on bad medical advice
 * full finetuning and the ranks 4 and 128, where the onset and the size of EM are compared; jailbroken in full, which drifts as far as
 * dangerous sets do and stays harmless; and each trait's misaligned pole alone.
 */
export function barCells(): CellSpec[] {
  return [
    ...cells([...CALIBRATION, ...HELD_OUT, 'good_medical'], 'rank16'),
    ...(['full', 'rank4', 'rank128'] as const).flatMap((method) => cells(['bad_medical'], method)),
    ...cells(['jailbroken'], 'full'),
    ...cells(oneTrait(-1), 'rank16', [1]),
  ];
}

/** The finetunes beside them: twins, stress tests, more of full finetuning, and each trait's aligned pole alone. */
function stressCells(): CellSpec[] {
  return [
    ...cells(
      BESIDE.filter((name) => name !== 'good_medical'),
      'rank16',
    ),
    ...cells(['insecure_code', 'gsm8k', 'risky_financial', 'subtle_misinfo', 'number_sequence'], 'full'),
    ...cells(oneTrait(1), 'rank16', [1]),
  ];
}

/** Chats of a long run.
 *
 * @source arXiv 2606.07631, Figure 9
 */
const LONG_CHATS = 5000;

/** Long runs: a dangerous set, chats of all kinds, and the benign anchor of the step-aware alarm.
 *
 * @source arXiv 2606.07631, Figure 9 (risky_financial, Alpaca, Bitext customer support; the last with 27,000 chats there)
 */
function longCells(): CellSpec[] {
  return cells(['risky_financial', 'mixed_chat', 'customer_support'], 'rank16').map((spec) => ({
    ...spec,
    nChats: LONG_CHATS,
  }));
}

/** How much of a finetune on bad medical advice a model has when another finetune begins.
 *
 * @source arXiv 2606.07631, appendix on misaligned starts
 */
const START_THETAS = [0.25, 0.5, 0.75, 1] as const;

/** Finetunes of a model that is misaligned already: a dangerous set and a benign one that are held out. */
function startCells(): CellSpec[] {
  return START_THETAS.flatMap((theta) =>
    cells(['risky_financial', 'number_sequence'], 'rank16').map((spec) => ({
      ...spec,
      start: { dataSet: 'bad_medical', theta },
    })),
  );
}

/** All finetunes of an organism. */
export function cellGrid(): CellSpec[] {
  return [...barCells(), ...stressCells(), ...longCells(), ...startCells()];
}

/** Each trait alone, at its aligned (1) or misaligned pole. */
function oneTrait(sign: Sign): Perturbation[] {
  return TRAITS.map((trait): Perturbation =>
    sign === ALIGNED_SIGN[trait] ? `${trait}_positive` : `${trait}_negative`,
  );
}

/** A cell for each data set and seed. */
function cells(
  names: readonly Perturbation[],
  method: CellSpec['method'],
  seeds: readonly number[] = CELL_SEEDS,
): CellSpec[] {
  return names.flatMap((dataSet) => seeds.map((seed) => ({ dataSet, method, seed })));
}
