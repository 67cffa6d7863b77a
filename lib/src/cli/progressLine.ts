import { formatDuration } from '../notebook/formatDuration';
import { StatusLine } from './statusLine';

/** Progress of a long command on standard error, with the time that is left.
 *
 * @param label  what is being done
 * @returns a function to be told done and total
 */
export function progressLine(label: string): (done: number, total: number) => void {
  const line = new StatusLine();
  const start = performance.now();
  return (done, total) => {
    const seconds = (performance.now() - start) / 1000;
    if (done < total)
      line.update(`${label}: ${done}/${total}, ${formatDuration((seconds * (total - done)) / Math.max(1, done))} left`);
    else line.print(`${label}: ${total} done in ${formatDuration(seconds)}`);
  };
}
