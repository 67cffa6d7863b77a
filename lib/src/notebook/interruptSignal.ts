/** A signal that aborts when the kernel is interrupted (the stop button, Ctrl-C).
 *
 * Without it an interrupt marks an awaiting cell as stopped while its work goes on in the background.
 * Ask for a signal at the start of long work and check it: `signal.throwIfAborted()` between two awaits.
 *
 * @returns a signal and `release`, which stops listening; call it when the work is done
 */
export function interruptSignal(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  return { signal: controller.signal, release: () => process.removeListener('SIGINT', stop) };
}
