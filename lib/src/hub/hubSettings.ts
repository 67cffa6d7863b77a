import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileExists } from '../disk/folder';
import { readText } from '../disk/readText';

/** Where Hugging Face models come from and lie, as the variables of huggingface_hub say. */
export interface HubSettings {
  /** Folder of `models--org--name`. */
  readonly cache: string;
  /** The server, without a slash at its end. */
  readonly endpoint: string;
  /** Nothing may be downloaded. */
  readonly isOffline: boolean;
  readonly token?: string;
}

/** Reads HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN and HF_TOKEN_PATH (and XDG_CACHE_HOME); an empty
 * variable counts as not set.
 *
 * @param env  variables, default those of the process
 * @throws Error if HF_ENDPOINT is no web address or the token has another form than the hub's
 */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const user = env.HOME || homedir();
  const expand = (path: string): string => (/^~(?=$|[\\/])/.test(path) ? join(user, path.slice(1)) : path);
  const home = expand(env.HF_HOME || join(env.XDG_CACHE_HOME || join(user, '.cache'), 'huggingface'));
  const endpoint = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:\/\/[^\s/]+/.test(endpoint)) {
    throw new Error(`hubSettings: HF_ENDPOINT is ${endpoint}; expected an address that starts with https://`);
  }
  return {
    cache: expand(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, 'hub')),
    endpoint,
    isOffline: /^(1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE || ''),
    token: readToken(env, expand(env.HF_TOKEN_PATH || join(home, 'token'))),
  };
}

function readToken(env: NodeJS.ProcessEnv, file: string): string | undefined {
  const given = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  const token = (given || (fileExists(file) ? readText('hubSettings', file) : '')).trim();
  if (token === '') return undefined;
  if (/^hf_[!-~]+$/.test(token)) return token;
  throw new Error(
    `hubSettings: ${given ? 'HF_TOKEN' : file}: not a token of the hub; expected one that starts with hf_`,
  );
}
