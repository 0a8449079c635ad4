/** The soak itself; scripts/soak.sh says what it is for. Argument: how many starts. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../build/src/control/client/client.js';

const STARTS = Number(process.argv[2]);
/** What is filled once and kept (caches, compiled code, pools) is full by then. */
const WARM_UP = Math.min(2000, STARTS);
/** Runs of the job at the same time. */
const INSTANCES = 4;
const MIB = 1024 * 1024;
/**
 * What may be there more after the soak than before. Node's heap goes up and down by a megabyte or two on its own; one
 * object of 100 bytes left by each start would be above that already after twenty thousand.
 */
const ALLOWED = { zombies: 0, descriptors: 0, callbacks: 0, heap: 2 * MIB, rss: 24 * MIB };
/** Runs are looked at until they have settled, 3 s after their start, and a little more. */
const QUIET_MS = 5000;

const directory = mkdtempSync(join(tmpdir(), 'foster-soak-'));
const path = (...names) => join(directory, ...names);
const socket = path('run', 'foster.sock');
const client = new ControlClient(socket);

function startSupervisor() {
  mkdirSync(path('conf'));
  writeFileSync(
    path('conf', 'short.ini'),
    'instance = $N\ntask = true\nexec = /bin/echo this is run $N\nlog size = 64k\n',
  );
  const file = (name) => fileURLToPath(new URL(name, import.meta.url));
  const args = ['--expose-gc', '--import', file('./soak-probe.js'), file('../../bin/foster'), 'init'];
  const directories = ['--confdir', path('conf'), '--logdir', path('log'), '--rundir', path('run')];
  return spawn(process.execPath, [...args, ...directories, '--no-startup-event'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, FOSTER_SOAK_PROBE: path('probe') },
  });
}

async function answers() {
  while (!existsSync(socket)) await sleep(20);
}

/** Starts the job so often, INSTANCES at a time; each start is answered when the task has ended. */
async function run(starts) {
  let left = starts;
  const instance = async (number) => {
    while (left-- > 0) {
      const answer = await client.request('/v1/jobs/short/start', {
        method: 'POST',
        body: { env: [`N=${number}`], wait: 'upstart' },
      });
      if (!answer.outcome.ok) throw new Error(`a start failed: ${JSON.stringify(answer)}`);
    }
  };
  await Promise.all(Array.from({ length: INSTANCES }, (_, number) => instance(number)));
}

/** What the supervisor holds, once it has come to rest. */
async function measure(pid) {
  const quiet = Date.now() + QUIET_MS;
  const newest = () =>
    existsSync(path('probe')) ? JSON.parse(readFileSync(path('probe'), 'utf8')) : { at: 0 };
  while (newest().at < quiet) await sleep(100);
  const { heap, rss, callbacks } = newest();
  return {
    zombies: zombiesOf(pid),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    callbacks,
    heap,
    rss,
  };
}

function zombiesOf(pid) {
  const stats = readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(readStat);
  return stats.filter((stat) => stat !== undefined && stat.state === 'Z' && stat.parent === pid).length;
}

function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

function shown(name, value) {
  return name === 'heap' || name === 'rss' ? `${(value / MIB).toFixed(1)} MiB` : String(value);
}

/** @returns the names of what there is too much of */
function compare(before, after) {
  return Object.keys(ALLOWED).filter((name) => {
    const tooMuch = name === 'zombies' ? after[name] > 0 : after[name] - before[name] > ALLOWED[name];
    console.log(
      `${name.padEnd(12)}${shown(name, before[name]).padStart(12)}${shown(name, after[name]).padStart(12)}` +
        `${tooMuch ? '   LEFT BEHIND' : ''}`,
    );
    return tooMuch;
  });
}

const supervisor = startSupervisor();
try {
  await answers();
  await run(WARM_UP);
  const before = await measure(supervisor.pid);
  const began = performance.now();
  await run(STARTS);
  const seconds = (performance.now() - began) / 1000;
  const after = await measure(supervisor.pid);
  console.log(`${STARTS} starts after ${WARM_UP} to warm up: ${(STARTS / seconds).toFixed(0)} a second`);
  console.log(`${''.padEnd(12)}${'before'.padStart(12)}${'after'.padStart(12)}`);
  const left = compare(before, after);
  console.log(left.length === 0 ? 'nothing is left behind' : `left behind: ${left.join(', ')}`);
  process.exitCode = left.length === 0 ? 0 : 1;
} finally {
  supervisor.kill('SIGTERM');
  await new Promise((resolve) => supervisor.once('exit', resolve));
  rmSync(directory, { recursive: true, force: true });
}
