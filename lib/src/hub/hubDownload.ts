import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type * as HubPackage from '@huggingface/hub';
import { fileProblem } from '../disk/fileProblem';
import { freeDisk } from '../disk/freeDisk';
import { hubFolder, isCommit, linkBlob, noteRevision, shardNames, type HubContent, type HubName } from './hubCache';
import type { HubSettings } from './hubSettings';
import { readChunks } from '../disk/readChunks';
import { fileExists } from '../disk/folder';

/** How far a download is. */
export interface DownloadProgress {
  readonly repo: string;
  /** The file at hand. */
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface DownloadOptions {
  readonly settings: HubSettings;
  readonly content: HubContent;
  readonly onProgress: (progress: DownloadProgress) => void;
}

interface HubFile {
  readonly path: string;
  readonly size: number;
  /** The blob's name: SHA-256 of a large file, git's SHA-1 of a small one. */
  readonly hash: string;
}

const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
];
const modelFiles = ['config.json', 'generation_config.json', ...tokenizerFiles, 'model.safetensors.index.json'];
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'];

/** Files a model or adapter may have beside its weights. */
const smallFiles: Readonly<Record<HubContent, readonly string[]>> = {
  model: modelFiles,
  config: modelFiles,
  adapter: [...adapterFiles, ...tokenizerFiles],
};

/** What must be there. */
const needed: Readonly<Record<HubContent, readonly string[]>> = {
  model: ['config.json'],
  config: ['config.json'],
  adapter: adapterFiles,
};

const wanted: Readonly<Record<HubContent, string>> = {
  model: 'a model in safetensors',
  config: 'a model',
  adapter: 'a PEFT adapter in safetensors',
};

/** Downloads what a model or adapter needs into the cache, in the layout of huggingface_hub.
 *
 * A file that was interrupted goes on where it stopped; each is checked against the size and hash that the hub names
 * before it appears in the cache.
 *
 * @returns the snapshot folder
 * @throws Error, one line, if the hub cannot be reached, refuses, has no such model, or sends other bytes than it named
 */
export async function downloadFromHub(name: HubName, options: DownloadOptions): Promise<string> {
  const { settings, content, onProgress } = options;
  const { repo, revision } = name;
  const hub = loadHub();
  const access = { hubUrl: settings.endpoint, accessToken: settings.token };
  const folder = hubFolder(settings.cache, name);
  try {
    const { sha } = await hub.modelInfo({ name: repo, revision, additionalFields: ['sha'], ...access });
    if (!isCommit(sha)) throw new Error(`the hub names no commit of revision ${revision}; expected 40 hex digits`);
    const listed = new Map<string, HubFile>();
    for await (const { type, path, size, oid, lfs } of hub.listFiles({ repo, revision: sha, ...access })) {
      if (type === 'file') listed.set(path, { path, size: lfs?.size ?? size, hash: lfs?.oid ?? oid ?? '' });
    }
    const snapshot = join(folder, 'snapshots', sha);
    const fetched = new Set<string>();
    const fetchAll = async (names: readonly string[]): Promise<void> => {
      const files = names.map((path) => listed.get(path)).filter((file) => file !== undefined);
      const open = files.filter((file) => !isLinked(folder, snapshot, file));
      checkSpace(settings.cache, open);
      const totalBytes = open.reduce((sum, { size }) => sum + size, 0);
      let before = 0;
      for (const file of open) {
        const report = (bytes: number): void =>
          onProgress({ repo, file: file.path, doneBytes: before + bytes, totalBytes });
        const read = (from: number): Promise<AsyncIterable<Uint8Array>> =>
          openFile(hub, { repo, path: file.path, revision: sha, ...access }, file.size, from);
        await fetchFile(file, blobPath(folder, file), read, report);
        linkBlob(blobPath(folder, file), join(snapshot, file.path));
        before += file.size;
      }
      files.forEach(({ path }) => fetched.add(path));
    };
    const small = smallFiles[content];
    await fetchAll(small);
    if (content === 'model') {
      const index = join(snapshot, 'model.safetensors.index.json');
      // A whole file wins over an index, as in transformers.
      const isSharded = fetched.has('model.safetensors.index.json') && !listed.has('model.safetensors');
      const weights = isSharded ? shardNames(index) : ['model.safetensors'];
      const absent = [...needed.model, ...weights].filter((path) => !listed.has(path));
      if (absent.length > 0) throw new Error(`it has no ${absent.join(', ')}; expected ${wanted.model}`);
      await fetchAll(weights);
    } else {
      const absent = needed[content].filter((path) => !listed.has(path));
      if (absent.length > 0) throw new Error(`it has no ${absent.join(', ')}; expected ${wanted[content]}`);
    }
    noteRevision(folder, revision, sha, small.filter((path) => !listed.has(path))); // prettier-ignore
    return snapshot;
  } catch (error) {
    throw new Error(
      `findModel: ${repo}${revision === 'main' ? '' : `@${revision}`}: ${explain(error, settings, repo)}`,
      {
        cause: error,
      },
    );
  }
}

type Hub = typeof HubPackage;

function loadHub(): Hub {
  return require('@huggingface/hub') as Hub;
}

/** Whether an error of `downloadFromHub` means that the hub did not answer. */
export function isUnreachable(error: unknown): boolean {
  const cause = (error as Error).cause;
  return cause instanceof TypeError && cause.message === 'fetch failed';
}

/** What went wrong and what would be right, in one line. */
function explain(error: unknown, { cache, endpoint, token }: HubSettings, repo: string): string {
  if (!(error instanceof Error)) return String(error);
  const status = (error as { statusCode?: number }).statusCode;
  const have = token === undefined ? 'no token is set' : 'with the token that is set';
  switch (status) {
    case undefined:
      break;
    case 401:
      return `${endpoint} does not show it (401, ${have}); expected a public model, or HF_TOKEN of one who may read it`;
    case 403:
      return `${endpoint} refuses it (403, ${have}); expected access granted at ${endpoint}/${repo} and HF_TOKEN`;
    case 404:
      return `no such folder, and ${endpoint} has no such model or revision (404); expected a folder or org/name[@revision]`;
    default:
      return `${endpoint} answers with status ${status}; expected a hub that answers (try again later)`;
  }
  if (error instanceof TypeError && error.message === 'fetch failed') {
    const { code, message } = (error.cause ?? {}) as NodeJS.ErrnoException;
    return `no such folder, not in the cache, and ${endpoint} cannot be reached (${code ?? message}); expected a network, or HF_HUB_CACHE where the model is`;
  }
  if ((error as NodeJS.ErrnoException).syscall !== undefined)
    return `${cache}: ${fileProblem(error)}; expected a cache that can be written`;
  return error.message;
}

function blobPath(folder: string, { path, hash }: HubFile): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) return join(folder, 'blobs', hash);
  throw new Error(`the hub names no hash of ${path}; expected SHA-1 or SHA-256`);
}

/** Whether a file lies in the snapshot, linking it where only its blob does. */
function isLinked(folder: string, snapshot: string, file: HubFile): boolean {
  const pointer = join(snapshot, file.path);
  const blob = blobPath(folder, file);
  if (fileExists(pointer) && statSync(pointer).size === file.size) return true;
  if (!fileExists(blob) || statSync(blob).size !== file.size) return false;
  linkBlob(blob, pointer);
  return true;
}

function checkSpace(cache: string, files: readonly HubFile[]): void {
  const needed = files.reduce((sum, { size }) => sum + size, 0);
  const free = freeDisk(cache);
  if (needed <= free) return;
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new Error(`it needs ${gb(needed)} in ${cache}; expected that much free, got ${gb(free)}`);
}

/** The hub contradicts itself; asking again does not help. */
class WrongFile extends Error {}

type FileAt = { repo: string; path: string; revision: string; hubUrl: string; accessToken?: string };

/** The bytes of a file from a position on. */
async function openFile(hub: Hub, at: FileAt, size: number, from: number): Promise<AsyncIterable<Uint8Array>> {
  // Plain HTTP: a part of a file can be asked for, so that a broken download goes on.
  const blob = await hub.downloadFile({ ...at, xet: false });
  if (blob?.size !== size) {
    const got = blob === null ? 'none' : `${blob.size} bytes`;
    throw new WrongFile(`the hub lists ${at.path} with ${size} bytes; expected that file, got ${got}`);
  }
  return (from === 0 ? blob : blob.slice(from)).stream() as unknown as AsyncIterable<Uint8Array>;
}

/** Downloads one file to `{blob}.incomplete`, going on with what is there, and renames it when size and hash are right. */
async function fetchFile(
  file: HubFile,
  blob: string,
  read: (from: number) => Promise<AsyncIterable<Uint8Array>>,
  report: (bytes: number) => void,
): Promise<void> {
  const partial = `${blob}.incomplete`;
  mkdirSync(dirname(blob), { recursive: true });
  if (fileExists(partial) && statSync(partial).size > file.size) rmSync(partial);
  const hash = startHash(file);
  let done = 0;
  if (fileExists(partial)) for (const piece of readChunks(partial)) done += (hash.update(piece), piece.length);
  report(done);
  const fd = openSync(partial, 'a');
  try {
    for (let failures = 0; done < file.size;) {
      const before = done;
      try {
        for await (const piece of await read(done)) {
          for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
          hash.update(piece);
          report((done += piece.length));
          if (done > file.size) break;
        }
        if (done === before) throw new Error('the hub sent nothing');
      } catch (error) {
        if (error instanceof WrongFile || (error as { statusCode?: number }).statusCode !== undefined) throw error;
        if (['ENOSPC', 'EIO', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        failures = done > before ? 1 : failures + 1;
        if (failures >= 3) throw lost(file, done, error);
        await new Promise((resolve) => setTimeout(resolve, 200 * failures));
      }
    }
  } finally {
    closeSync(fd);
  }
  const got = hash.digest('hex');
  if (done === file.size && got === file.hash) return renameSync(partial, blob);
  rmSync(partial, { force: true });
  throw new Error(
    `${file.path} came with ${done} bytes and hash ${got}; expected ${file.size} bytes and hash ${file.hash} (it was removed; run again)`,
  );
}

/** SHA-256, or git's hash of a blob. */
function startHash({ hash, size }: HubFile): Hash {
  return hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

function lost({ path, size }: HubFile, done: number, error: unknown): Error {
  const { message = String(error), cause } = error instanceof Error ? error : {};
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
  return new Error(
    `the connection was lost at byte ${done} of ${size} of ${path} (${code}); expected all (run again to go on)`,
  );
}
