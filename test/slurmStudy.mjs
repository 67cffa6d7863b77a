// Runs a small grid of the micro study as an array of a real Slurm cluster on this machine (slurmctld, two slurmd and munge on loopback), kills one
// node half-way, and compares every file with those of the local pool, byte for byte: node test/slurmStudy.mjs. Exit status 1 if one differs.
//
// Needs Debian's slurm-wlm and root. As root it is installed where it is missing and can be had; where not, that is said and nothing is checked.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const cli = join(root, 'lib/bin/traitlab.cjs');
const grid = ['--only', 'medical-rank16'];
const say = (text) => console.log(`slurm: ${text}`);

if (process.getuid?.() !== 0) skip('not root');
if (!has('slurmctld') || !has('munged')) install();

const dir = mkdtempSync(join(tmpdir(), 'traitlab-slurm-'));
const daemons = [];
process.on('exit', end);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const model = join(dir, 'tiny');
const { saveTinyOrganism } = require(join(root, 'test/dist/helpers/tinyOrganism.js'));
const { initBackend } = require(join(root, 'lib/dist/backend/initBackend.js'));
await initBackend();
await saveTinyOrganism(model);
const study = (out, ...more) => ['study', 'run', '--models', model, '--out', out, ...grid, ...more];
const local = join(dir, 'local');
const cluster = join(dir, 'cluster');

startCluster();
say('a cluster of two nodes is up');
execFileSync(process.execPath, [cli, ...study(cluster, '--slurm', '--tries', '1')], {
  stdio: 'inherit',
  env: slurmEnv(),
});
const pool = spawn(process.execPath, [cli, ...study(local, '--workers', '1')], { stdio: 'ignore' });
const poolEnded = new Promise((resolve) => pool.on('exit', resolve));
await until('the first cells of the array', () => cellsIn(cluster) >= 2 && jobsOf('n2').length > 0);
const victim = daemons.find(({ name }) => name === 'n2');
const killed = killNode(victim);
say(`node n2 killed after ${cellsIn(cluster)} cells (${killed} processes)`);
await sleep(3);
victim.start();
say('node n2 is back');
await until('the array', () => squeue().length === 0, 600);
if ((await poolEnded) !== 0) fail('the local pool failed');

const [ours, theirs] = [filesOf(local), filesOf(cluster)];
const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
  (name) => ours.get(name) !== theirs.get(name),
);
if (ours.size < 12 || differing.length > 0) fail(`${ours.size} files, these differ: ${differing.join(', ') || 'none'}`);
say(`${ours.size} files of ${cellsIn(local)} cells: the same bytes by array, one node killed, as by the local pool`);
process.exit(0);

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function skip(why) {
  say(`NOT CHECKED: ${why}; expected root and Debian's slurm-wlm`);
  process.exit(0);
}

function install() {
  say('apt-get install slurm-wlm munge');
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      encoding: 'utf8',
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  if (!has('apt-get')) skip('no apt-get on this machine');
  const get = () => apt('install', '-y', '-q', '--no-install-recommends', 'slurm-wlm', 'munge');
  if (get().status !== 0) {
    apt('update', '-q');
    const again = get();
    if (again.status !== 0) skip(`slurm-wlm cannot be had (${String(again.stderr).trim().split('\n').at(-1)})`);
  }
}

function slurmEnv() {
  return { ...process.env, SLURM_CONF: join(dir, 'slurm.conf') };
}

function startCluster() {
  mkdirSync('/run/munge', { recursive: true });
  execFileSync('chown', ['munge:munge', '/run/munge']);
  if (spawnSync('munge', ['-n']).status !== 0) {
    if (!existsSync('/etc/munge/munge.key')) execFileSync('mungekey', ['--create']);
    daemon('munged', 'runuser', ['-u', 'munge', '--', 'munged', '--foreground']);
  }
  const host = hostname().split('.')[0];
  const node = (name, port) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=4000 State=UNKNOWN`;
  const settings = [
    'ClusterName=local', `SlurmctldHost=${host}(127.0.0.1)`, 'SlurmUser=root', 'SlurmdUser=root', 'AuthType=auth/munge', 'CredType=cred/munge',
    `StateSaveLocation=${join(dir, 'state')}`, `SlurmdSpoolDir=${join(dir, 'spool-%n')}`, `SlurmctldPidFile=${join(dir, 'ctld.pid')}`,
    `SlurmdPidFile=${join(dir, '%n.pid')}`, `SlurmctldLogFile=${join(dir, 'ctld.log')}`, `SlurmdLogFile=${join(dir, '%n.log')}`,
    'ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none', 'SelectType=select/cons_tres', 'SelectTypeParameters=CR_Core',
    'ReturnToService=2', 'SlurmdTimeout=10', 'SlurmctldPort=16817', 'JobRequeue=1', 'MailProg=/bin/true',
    node('n1', 16818), node('n2', 16819), 'PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
  ]; // prettier-ignore
  writeFileSync(join(dir, 'slurm.conf'), `${settings.join('\n')}\n`);
  mkdirSync(join(dir, 'state'));
  daemon('slurmctld', 'slurmctld', ['-D']);
  for (const name of ['n1', 'n2']) daemon(name, 'slurmd', ['-D', '-N', name]);
  waitSync('two idle nodes', () => sinfo().filter((state) => /^idle/.test(state)).length === 2);
}

function daemon(name, program, args) {
  const one = {
    name,
    start: () => (one.child = spawn(program, args, { stdio: 'ignore', env: slurmEnv(), detached: true })),
  };
  one.start();
  daemons.push(one);
}

function slurm(program, ...args) {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', env: slurmEnv() });
  return (stdout ?? '').split('\n').filter((line) => line !== '');
}

function sinfo() {
  return slurm('sinfo', '-h', '-N', '-o', '%t');
}

function squeue() {
  return slurm('squeue', '-h', '-r', '-o', '%i %T');
}

/** Kills a node's daemon and all that it has started, as when its machine loses power. */
function killNode({ child }) {
  const all = slurm('ps', '-eo', 'pid,ppid,args')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(Boolean);
  const steps = all.filter(
    ([, , , args]) => /^slurmstepd/.test(args) && jobsOf('n2').some((job) => args.includes(`[${job}.`)),
  );
  const dead = new Set([String(child.pid), ...steps.map(([, pid]) => pid)]);
  for (let before = 0; before !== dead.size;) {
    before = dead.size;
    for (const [, pid, parent] of all) if (dead.has(parent)) dead.add(pid);
  }
  for (const pid of dead) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  return dead.size;
}

/** Job ids, as slurmstepd names them, of what runs on a node. */
function jobsOf(node) {
  return slurm('squeue', '-h', '-r', '-t', 'RUNNING', '-w', node, '-o', '%A');
}

function cellsIn(out) {
  const folder = join(out, 'tiny');
  return existsSync(folder) ? readdirSync(folder).filter((name) => /-s\d\.json$/.test(name)).length : 0;
}

/** Hashes of all results by name. */
function filesOf(out) {
  const names = readdirSync(join(out, 'tiny')).filter((name) => name !== 'model.json');
  return new Map(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(out, 'tiny', name)))
        .digest('hex'),
    ]),
  );
}

function sleep(seconds) {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

async function until(what, holds, seconds = 300) {
  for (let left = 2 * seconds; !holds(); left--) {
    if (left === 0) fail(`waited ${seconds} s for ${what} in vain; the queue: ${squeue().join('; ')}`);
    await sleep(0.5);
  }
}

function waitSync(what, holds) {
  for (let left = 60; !holds(); left--) {
    if (left === 0) fail(`waited 30 s for ${what} in vain; the nodes: ${sinfo().join(' ')}`);
    execFileSync('sleep', ['0.5']);
  }
}

function fail(why) {
  for (const name of ['ctld.log', 'n1.log', 'n2.log']) {
    const file = join(dir, name);
    if (existsSync(file)) console.error(`${name}:\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}`);
  }
  say(`FAILED: ${why}`);
  process.exit(1);
}

function end() {
  slurm('scancel', '-u', 'root');
  for (const { child } of daemons) {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  rmSync(dir, { recursive: true, force: true });
}
