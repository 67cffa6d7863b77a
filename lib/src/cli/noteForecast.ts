import { freemem } from 'node:os';
import type { BackendName } from '../backend/backendInfo';
import { isBf16 } from '../kernels/bf16Tensor';
import type { Decoder } from '../model/decoder';
import { formatDuration } from '../notebook/formatDuration';
import { formatBytes } from './formatBytes';
import { jobForecast, type Forecast, type Job, type Speed } from './jobForecast';
import { measureSpeed } from './measureSpeed';

/** Slower than any backend that one would wait for. */
const slow: Speed = { wide: 1e-9, narrow: 2e-9, element: 1e-8, operation: 2e-4 };

/** Says on standard error what a job will take, if that is more than a minute or more memory than there is. */
export async function noteForecast({ config, params }: Decoder, backend: BackendName, job: Job): Promise<void> {
  const isPacked = Object.values(params).some(isBf16);
  const bound = jobForecast(config, isPacked, job, slow);
  if (bound.seconds < 60 && memoryProblem(bound.peakBytes, backend) === undefined) return;
  const forecast = jobForecast(config, isPacked, job, await measureSpeed(config, { isBf16: isPacked }));
  const problem = memoryProblem(forecast.peakBytes, backend);
  if (forecast.seconds > 60 || problem !== undefined)
    console.error(`${job.kind}: ${describeForecast(forecast, backend)}`);
}

/** A forecast for people, with what stands against it. */
export function describeForecast({ seconds, peakBytes }: Forecast, backend: BackendName): string {
  const problem = memoryProblem(peakBytes, backend);
  return `forecast about ${formatDuration(seconds)} and ${formatBytes(peakBytes)}${problem === undefined ? '' : `, ${problem}`}`;
}

/** Why a job will not fit; undefined if it does. */
export function memoryProblem(peakBytes: number, backend: BackendName): string | undefined {
  if (backend === 'wasm' && peakBytes > 4e9) return 'more than the 4 GB that the wasm backend can hold';
  const free = usableMemory();
  return peakBytes > free ? `more than the ${formatBytes(free)} that are free` : undefined;
}

/** Bytes of memory that this process can still get. */
export function usableMemory(): number {
  const limit = process.constrainedMemory() || Infinity;
  return Math.min(freemem(), limit);
}
