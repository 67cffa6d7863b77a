import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { BackendName } from '../backend/backendInfo';
import { initBackend } from '../backend/initBackend';
import { freeDisk } from '../disk/freeDisk';
import { hubSettings } from '../hub/hubSettings';
import { projectPath } from '../disk/projectPath';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { findChromium } from '../notebook/findChromium';
import { usableMemory } from './noteForecast';

/** What a machine can do. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpu: { readonly model: string; readonly cores: number; readonly features: readonly string[] };
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  /** NVIDIA driver, or null. */
  readonly nvidiaDriver: string | null;
  readonly backends: readonly { readonly name: BackendName; readonly works: boolean; readonly description: string }[];
  /** Path of a browser that draws figures, or null. */
  readonly chromium: string | null;
  readonly python: string | null;
  readonly jupyter: string | null;
  readonly disk: { readonly projectFreeBytes: number; readonly cacheFreeBytes: number };
  readonly hub: {
    readonly cache: string;
    readonly endpoint: string;
    readonly isOffline: boolean;
    readonly hasToken: boolean;
  };
}

/** Instruction sets that decide how fast matrix products are. */
const wantedFeatures = ['avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve'];

/** Looks at this machine; each backend is started once, the last one that works stays. */
export async function inspectMachine(): Promise<Machine> {
  const { token, ...hub } = hubSettings();
  const backends = [];
  for (const name of ['tensorflow', 'webgpu', 'cpu', 'wasm'] as const) {
    try {
      backends.push({ name, works: true, description: (await initBackend({ backend: name })).description });
    } catch (error) {
      backends.push({ name, works: false, description: firstLine((error as Error).message).replace(/^\w+: /, '') });
    }
  }
  const venv = projectPath('.venv/bin/python');
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), features: cpuFeatures() },
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    freeMemoryBytes: usableMemory(),
    nvidiaDriver: nvidiaDriver(),
    backends,
    chromium: chromiumPath(),
    python: version(process.env.TRAITLAB_PYTHON ?? 'python3', '--version'),
    jupyter: fileExists(venv) ? version(venv, '-m', 'jupyterlab', '--version') : null,
    disk: { projectFreeBytes: freeDisk(projectPath()), cacheFreeBytes: freeDisk(hub.cache) },
    hub: { ...hub, hasToken: token !== undefined },
  };
}

function firstLine(text: string): string {
  return text.split('\n')[0];
}

function cpuFeatures(): string[] {
  const file = '/proc/cpuinfo';
  if (!fileExists(file)) return [];
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(readText('doctor', file))?.[1].split(' '));
  return wantedFeatures.filter((name) => flags.has(name));
}

function nvidiaDriver(): string | null {
  const file = '/proc/driver/nvidia/version';
  if (!fileExists(file)) return null;
  return /Module.*?\s(\d+\.[\d.]+)/.exec(readText('doctor', file))?.[1] ?? 'unknown version';
}

function chromiumPath(): string | null {
  try {
    return findChromium()?.path ?? null;
  } catch {
    return null;
  }
}

/** What a program says of its version; null if it does not start. */
function version(program: string, ...args: string[]): string | null {
  try {
    const out = execFileSync(program, args, {
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${firstLine(out).trim()} (${program})`;
  } catch {
    return null;
  }
}
