import type { DownloadProgress } from '../hub/hubDownload';
import { formatDuration } from '../notebook/formatDuration';
import { formatBytes } from './formatBytes';
import { StatusLine } from './statusLine';

/** Progress of a download on standard error, in MB, with the time that is left. */
export function downloadLine(): (progress: DownloadProgress) => void {
  const line = new StatusLine();
  const start = performance.now();
  let first: number | undefined;
  return ({ repo, file, doneBytes, totalBytes }) => {
    if (first === undefined) line.print(`download: ${repo}, ${formatBytes(totalBytes)}`);
    first ??= doneBytes;
    const seconds = (performance.now() - start) / 1000;
    const left = (seconds * (totalBytes - doneBytes)) / Math.max(1, doneBytes - first);
    const amount = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
    line.update(`download: ${repo} ${amount}, ${file}${doneBytes > first ? `, ${formatDuration(left)} left` : ''}`);
  };
}
