/** How the learning rate goes on after the warm-up. */
export type ScheduleKind = 'linear' | 'cosine' | 'constant';

export interface ScheduleOptions {
  kind: ScheduleKind;
  /** The highest learning rate. */
  peak: number;
  /** Steps in all; the rate of `linear` and `cosine` ends there. */
  totalSteps: number;
  /** Steps over which the rate rises from 0 (default 0). */
  warmupSteps?: number;
  /** What `cosine` ends at, as a fraction of `peak` (default 0). */
  floor?: number;
}

/** The learning rate of each step, as the schedulers of transformers give it.
 *
 * With s = step − 1, W warm-up steps and T steps in all:
 * s < W: peak·s/W;  then linear: peak·(T−s)/(T−W);  cosine: peak·(floor + (1−floor)·½(1+cos π(s−W)/(T−W)));  constant: peak.
 *
 * @returns learning rate for a step, counted from 1; with a warm-up that of step 1 is 0, as in transformers
 * @throws Error if an option is out of range
 * @source transformers get_linear_schedule_with_warmup, get_cosine_with_min_lr_schedule_with_warmup, get_constant_schedule_with_warmup
 */
export function schedule({
  kind,
  peak,
  totalSteps,
  warmupSteps = 0,
  floor = 0,
}: ScheduleOptions): (step: number) => number {
  const problems: string[] = [];
  if (!['linear', 'cosine', 'constant'].includes(kind))
    problems.push(`kind ${String(kind)}; expected linear, cosine or constant`);
  if (!(peak >= 0 && Number.isFinite(peak))) problems.push(`peak ${peak}; expected a number >= 0`);
  if (!(Number.isInteger(totalSteps) && totalSteps >= 1))
    problems.push(`totalSteps ${totalSteps}; expected an integer >= 1`);
  if (!(Number.isInteger(warmupSteps) && warmupSteps >= 0))
    problems.push(`warmupSteps ${warmupSteps}; expected an integer >= 0`);
  if (!(floor >= 0 && floor <= 1)) problems.push(`floor ${floor}; expected a number in [0, 1]`);
  if (problems.length > 0) throw new Error(`schedule: invalid ${problems.join(', ')}`);
  const rest = Math.max(1, totalSteps - warmupSteps);
  return (step) => {
    if (!(Number.isInteger(step) && step >= 1))
      throw new Error(`schedule: invalid step; expected an integer from 1, got ${step}`);
    const s = step - 1;
    if (s < warmupSteps) return (peak * s) / Math.max(1, warmupSteps);
    if (kind === 'constant') return peak;
    if (kind === 'linear') return peak * Math.max(0, (totalSteps - s) / rest);
    const wave = 0.5 * (1 + Math.cos((Math.PI * (s - warmupSteps)) / rest));
    return peak * Math.max(0, wave * (1 - floor) + floor);
  };
}
