import { Worker } from 'node:worker_threads';

/** Ends this process soon after the one that started it has gone, also while a cell blocks it.
 *
 * A kernel whose server was killed gets no request to shut down and has nobody to talk to. A thread of its own looks once a
 * second for another parent; the event loop cannot do it, as a cell like `while (true) {}` stops that.
 */
export function endWithParent(): void {
  new Worker(`(${watch.toString()})(${process.ppid})`, { eval: true }).unref();
}

/** Runs in the thread, from its source text alone. A signal that something here catches may wait for a blocked event loop; the second one does not. */
function watch(parent: number): void {
  setInterval(() => {
    if (process.ppid === parent) return;
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000);
  }, 1000);
}
