// npm run lab: JupyterLab at the project's root with the project's kernel. Arguments go to jupyter lab.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const jupyter = join(root, '.venv', process.platform === 'win32' ? 'Scripts/jupyter.exe' : 'bin/jupyter');
const env = {
  ...process.env,
  JUPYTER_PATH: [here, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter),
  PYDEVD_DISABLE_FILE_VALIDATION: '1',
};
const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
const command = process.argv[2] === 'nbconvert' ? process.argv.slice(2) : ['lab', ...asRoot, ...process.argv.slice(2)];
const child = spawn(jupyter, command, { cwd: root, env, stdio: 'inherit' });
process.on('SIGINT', () => undefined); // JupyterLab asks before it stops
child.on('exit', (code) => (process.exitCode = code ?? 1));
