import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileExists, listFolder } from '../disk/folder';
import { projectPath } from '../disk/projectPath';

/** A browser that can be started, and the environment variables it needs beyond the usual ones. */
export interface Chromium {
  path: string;
  env: Record<string, string>;
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const fixed = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const playwrightBinaries = ['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-linux/headless_shell'];

/** Looks for a Chromium or Chrome: variable CHROMIUM, then PATH, the usual places, Playwright's cache, this project's cache.
 *
 * @returns null if there is none
 * @throws Error if CHROMIUM names a file that does not exist
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): Chromium | null {
  if (env.CHROMIUM) {
    if (fileExists(env.CHROMIUM)) return { path: env.CHROMIUM, env: {} };
    throw new Error(
      `findChromium: CHROMIUM names a missing file; expected a browser's executable, got ${env.CHROMIUM}`,
    );
  }
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const path = [...onPath, ...fixed, ...playwrightCandidates(env)].find((file) => fileExists(file));
  if (path) return { path, env: {} };
  const own = projectPath('.cache/chromium');
  if (!fileExists(join(own, 'chrome'))) return null;
  return { path: join(own, 'chrome'), env: { LD_LIBRARY_PATH: join(own, 'lib'), FONTCONFIG_PATH: own } };
}

function playwrightCandidates(env: NodeJS.ProcessEnv): string[] {
  const cache = env.PLAYWRIGHT_BROWSERS_PATH ?? join(env.HOME ?? homedir(), '.cache/ms-playwright');
  const builds = listFolder(cache).filter((name) => name.startsWith('chromium'));
  return builds.reverse().flatMap((build) => playwrightBinaries.map((file) => join(cache, build, file)));
}
