import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';
import { readJson } from '../documents/readJson';
import { writeFileAtomic } from '../disk/writeAtomic';

/** What a folder is opened for: a whole model, a PEFT adapter, or a model's configuration and tokenizer only. */
export type HubContent = 'model' | 'adapter' | 'config';

/** `org/name@revision`; the revision is a branch, a tag, or a commit. */
export interface HubName {
  readonly repo: string;
  readonly revision: string;
}

const part = '[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?';
const namePattern = new RegExp(`^(${part}/${part})(?:@([\\w./-]+))?$`);
const commitPattern = /^[0-9a-f]{40}$/;

/** Reads `org/name[@revision]` (default revision main); undefined if the text cannot be one. */
export function parseHubName(text: string): HubName | undefined {
  const [, repo, revision = 'main'] = namePattern.exec(text) ?? [];
  const parts = revision.split('/');
  if (repo === undefined || /--|\.\./.test(repo) || parts.some((p) => p === '' || /^\.|\.$/.test(p))) return undefined;
  return { repo, revision };
}

/** Whether a text is a full commit id. */
export function isCommit(text: unknown): text is string {
  return typeof text === 'string' && commitPattern.test(text);
}

/** The folder of a model in the cache; in it lie blobs, refs and snapshots. */
export function hubFolder(cache: string, { repo }: HubName): string {
  return join(cache, `models--${repo.replace('/', '--')}`);
}

/** The snapshot folder a revision stands for in the cache; undefined if there is none. */
export function cachedSnapshot(folder: string, revision: string): string | undefined {
  const ref = join(folder, 'refs', revision);
  const commit = isCommit(revision) ? revision : fileExists(ref) ? readText('findModel', ref).trim() : undefined;
  if (commit === undefined) return undefined;
  if (!isCommit(commit)) throw new Error(`findModel: ${ref}: not a commit; expected 40 hexadecimal digits`);
  const snapshot = join(folder, 'snapshots', commit);
  return fileExists(snapshot) ? snapshot : undefined;
}

/** The files a snapshot lacks before it can be loaded. */
export function missingFiles(snapshot: string, content: HubContent): string[] {
  const index = join(snapshot, 'model.safetensors.index.json');
  const isSharded = fileExists(index) && !fileExists(join(snapshot, 'model.safetensors'));
  const weights = (): string[] => (isSharded ? shardNames(index) : ['model.safetensors']);
  const needed = {
    adapter: () => ['adapter_config.json', 'adapter_model.safetensors'],
    config: () => ['config.json'],
    model: () => ['config.json', ...weights()],
  }[content]();
  return needed.filter((name) => !fileExists(join(snapshot, name)));
}

/** The shards that a safetensors index names.
 *
 * @throws Error if one is not a plain file name
 */
export function shardNames(index: string): string[] {
  const map = (readJson('findModel', index) as { weight_map?: Record<string, unknown> } | null)?.weight_map ?? {};
  const names = [...new Set(Object.values(map))];
  const bad = names.find((n) => typeof n !== 'string' || n !== basename(n) || !n.endsWith('.safetensors'));
  if (bad !== undefined || names.length === 0) {
    throw new Error(
      `findModel: ${index}: shard ${JSON.stringify(bad)} is not a file of this folder; expected plain *.safetensors names`,
    );
  }
  return names as string[];
}

/** Where the cache notes that a commit has no such file; transformers reads and writes the same notes. */
export function absenceNote(folder: string, commit: string, name: string): string {
  return join(folder, '.no_exist', commit, name);
}

/** Shows a blob under its name in a snapshot: a relative link, or the file itself where links are not allowed. */
export function linkBlob(blob: string, pointer: string): void {
  mkdirSync(dirname(pointer), { recursive: true });
  rmSync(pointer, { force: true });
  try {
    symlinkSync(relative(dirname(pointer), blob), pointer);
  } catch {
    renameSync(blob, pointer);
  }
}

/** Notes what a revision stands for, and which files its commit does not have. */
export function noteRevision(folder: string, revision: string, commit: string, absent: readonly string[]): void {
  for (const name of absent) {
    const note = absenceNote(folder, commit, name);
    mkdirSync(dirname(note), { recursive: true });
    writeFileSync(note, '');
  }
  if (revision !== commit) writeFileAtomic(join(folder, 'refs', revision), commit);
}
