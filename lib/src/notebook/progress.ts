import { randomUUID } from 'node:crypto';
import { displayBundle } from './displayBundle';
import { escapeHtml } from './escapeHtml';
import { formatDuration } from './formatDuration';
import { interruptSignal } from './interruptSignal';

/** How a progress bar behaves. */
export interface ProgressOptions {
  /** Milliseconds between two drawings, default 200. */
  intervalMs?: number;
}

/** A progress bar in a cell, with the time that is left.
 *
 * `await bar.tick(done)` draws at most every `intervalMs`, lets an interrupt through and then throws "interrupted",
 * so a cell that ticks can really be stopped. Only the last state stays in the notebook file.
 */
export class Progress {
  /** Aborts when the kernel is interrupted; hand it to work that takes an AbortSignal. */
  readonly signal: AbortSignal;
  private readonly id = randomUUID();
  private readonly started = performance.now();
  private readonly intervalMs: number;
  private readonly release: () => void;
  private drawn = -Infinity;
  private shown = false;

  /** @param total  number of steps, at least 1
   *  @param label  what is being done, in words
   *  @throws Error if total is not a positive number
   */
  constructor(
    private readonly total: number,
    private readonly label: string,
    { intervalMs = 200 }: ProgressOptions = {},
  ) {
    if (!(total > 0 && total < Infinity))
      throw new Error(`Progress: invalid total; expected a positive number, got ${total}`);
    this.intervalMs = intervalMs;
    ({ signal: this.signal, release: this.release } = interruptSignal());
    this.draw(0, '');
  }

  /** Says that `done` of `total` steps are done, with an optional note such as the current loss.
   *
   * @throws Error "interrupted" once the kernel has been interrupted
   */
  async tick(done: number, note = ''): Promise<void> {
    if (done < this.total && performance.now() - this.drawn < this.intervalMs) return;
    this.draw(done, note);
    await new Promise(setImmediate);
    if (done >= this.total) this.release();
    this.signal.throwIfAborted();
  }

  private draw(done: number, note: string): void {
    this.drawn = performance.now();
    const seconds = (this.drawn - this.started) / 1000;
    const isDone = done >= this.total;
    const left = done > 0 && !isDone ? `, about ${formatDuration((seconds / done) * (this.total - done))} left` : '';
    // A finished bar keeps no time, so that running a notebook again leaves its file unchanged.
    const state = isDone && isHeadless() ? 'done' : `${formatDuration(seconds)}${left}`;
    const line = `${this.label}: ${done}/${this.total} (${state})${note && ` ${note}`}`;
    const bar = `<progress value="${done}" max="${this.total}" style="width:280px"></progress>`;
    const data = { 'text/html': `${bar} ${escapeHtml(line)}`, 'text/plain': line };
    displayBundle(data, { id: this.id, update: this.shown });
    this.shown = true;
  }
}

function isHeadless(): boolean {
  return process.env.TRAITLAB_HEADLESS === '1';
}
