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
  // Not at once: the first part of a cell runs inside `vm` with breakOnSigint, which on its way out resets the
  // process to die of SIGINT if a listener was added meanwhile.
  const adding = setImmediate(() => process.once('SIGINT', stop));
  const release = (): void => {
    clearImmediate(adding);
    process.removeListener('SIGINT', stop);
  };
  return { signal: controller.signal, release };
}
