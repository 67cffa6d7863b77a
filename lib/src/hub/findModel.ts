import { isAbsolute, join } from 'node:path';
import {
  absenceNote,
  cachedSnapshot,
  hubFolder,
  missingFiles,
  parseHubName,
  type HubContent,
  type HubName,
} from './hubCache';
import { downloadFromHub, isUnreachable, type DownloadProgress } from './hubDownload';
import { hubSettings } from './hubSettings';
import { fileExists, isFolder } from '../disk/folder';

export interface FindModelOptions {
  /** What the folder must hold (default 'model'). */
  content?: HubContent;
  /** Told after each piece of a download (default: one line on standard error when a download begins). */
  onDownload?: (progress: DownloadProgress) => void;
  /** Folder that a relative path starts from (default the working folder). */
  base?: string;
  /** Variables that are read instead of the process's. */
  env?: NodeJS.ProcessEnv;
}

/** The folder of a model or adapter: a path that exists, or `org/name[@revision]` from the Hugging Face cache, or else
 * downloaded into it.
 *
 * What the cache holds whole is taken without asking the network. Variables: HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE,
 * HF_ENDPOINT, HF_TOKEN. The cache has the layout of huggingface_hub (blobs, refs, snapshots), which shares it.
 *
 * @param nameOrDir  a folder, or `org/name`, `org/name@branch`, `org/name@commit`
 * @throws Error if it is neither, or cannot be downloaded; what was downloaded by then stays for the next time
 * @source https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export async function findModel(
  nameOrDir: string,
  { content = 'model', onDownload, base, env = process.env }: FindModelOptions = {},
): Promise<string> {
  const path = base === undefined || isAbsolute(nameOrDir) ? nameOrDir : join(base, nameOrDir);
  if (isFolder(path)) return path;
  const name = parseHubName(nameOrDir);
  if (fileExists(path) || name === undefined) {
    const kind = content === 'adapter' ? 'PEFT adapter' : 'Hugging Face model';
    const problem = fileExists(path) ? 'it is a file' : 'no such folder';
    throw new Error(`findModel: ${nameOrDir}: ${problem}; expected a ${kind} folder or org/name[@revision]`);
  }
  const settings = hubSettings(env);
  const folder = hubFolder(settings.cache, name);
  const snapshot = cachedSnapshot(folder, name.revision);
  const missing = snapshot === undefined ? [] : missingFiles(snapshot, content);
  const isWhole = snapshot !== undefined && missing.length === 0;
  if (isWhole && (settings.isOffline || knowsTokenizer(folder, snapshot))) return snapshot;
  if (settings.isOffline) {
    const what = content === 'adapter' ? 'adapter' : 'model';
    const lacks = missing.length > 0 ? `lacks ${missing.join(', ')}` : `has no such ${what}`;
    throw new Error(
      `findModel: ${nameOrDir}: no such folder, and the cache ${settings.cache} ${lacks} while HF_HUB_OFFLINE is set; expected one that is there`,
    );
  }
  try {
    return await downloadFromHub(name, { settings, content, onProgress: onDownload ?? announce(name) });
  } catch (error) {
    // Only its tokenizer was not known.
    if (isWhole && isUnreachable(error)) return snapshot;
    throw error;
  }
}

function knowsTokenizer(folder: string, snapshot: string): boolean {
  const commit = snapshot.slice(-40);
  return [join(snapshot, 'tokenizer.json'), absenceNote(folder, commit, 'tokenizer.json')].some(fileExists);
}

function announce({ repo }: HubName): (progress: DownloadProgress) => void {
  let isSaid = false;
  return ({ totalBytes }) => {
    if (!isSaid) console.error(`findModel: ${repo}: downloading ${(totalBytes / 1e6).toFixed(1)} MB`);
    isSaid = true;
  };
}
