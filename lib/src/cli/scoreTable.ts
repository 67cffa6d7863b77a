import type { CheckpointMonitor } from '../monitor/checkpointMonitor';
import type { CheckpointScore } from '../monitor/scoreCheckpoint';

/** Characters of the bar that shows predicted EM from 0 to 100 %. */
const BAR = 20;

const percent = (x: number): string => (100 * x).toFixed(1);

/** The heading of a table of scores on a terminal. */
export function scoreHeader({ bases }: CheckpointMonitor): string {
  const traits = bases.traits!.names.map((name) => name.slice(0, 8).padStart(9)).join('');
  return `  step predicted EM, % [interval]  ${'0'.padEnd(BAR - 3)}100${traits}      pc1`;
}

/** One checkpoint as a row: predicted EM with its interval and a bar, drift along each trait and PC1 in % of the activation norm. */
export function scoreRow(
  { step, predictedEm, low, high, alarm, drift, pc1 }: CheckpointScore,
  { tau }: Pick<CheckpointMonitor, 'tau'>,
): string {
  // prettier-ignore
  const em = `${percent(predictedEm)} [${percent(low)}, ${percent(high)}]`;
  const filled = Math.round(predictedEm * BAR);
  const limit = Math.round(tau * BAR);
  const bar = Array.from({ length: BAR }, (_, i) => (i < filled ? '█' : i === limit ? '|' : '·')).join('');
  const traits = Object.values(drift).map((z) => percent(z).padStart(9));
  return `${String(step).padStart(6)} ${em.padEnd(25)} ${bar}${traits.join('')}${percent(pc1).padStart(9)}${alarm ? '  ALARM' : ''}`;
}
