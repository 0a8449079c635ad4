/**
 * How often is TERM lost that comes in the first moments of PID 1? `node scripts/early-term.js [TRIES]`, as root. Each try starts
 * bin/foster in a pid namespace of its own, sends TERM at a random moment of the first 0.4 s, and sees whether it ends. Docs
 * (docs/pid-one.md) give the figures.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SPAN = 400;
/** Milliseconds after which a TERM that has ended nothing is lost. A shutdown without jobs takes some tens. */
const PATIENCE = 2500;
const FOSTER = join(dirname(fileURLToPath(import.meta.url)), '../bin/foster');
const tries = Number(process.argv[2] ?? 200);

const directory = mkdtempSync(join(tmpdir(), 'foster-early-'));
const results = [];
try {
  for (let number = 0; number < tries; number++) results.push(await attempt(Math.random() * SPAN));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
report();

async function attempt(delay) {
  const places = ['--confdir', directory, '--logdir', directory, '--rundir', join(directory, 'run')];
  const words = ['--pid', '--fork', '--mount-proc', '--kill-child', FOSTER, 'init', ...places];
  const unshare = spawn('unshare', words, { stdio: 'ignore' });
  const ended = once(unshare, 'exit');
  let pid;
  while (pid === undefined) {
    pid = childOf(unshare.pid);
    await turn();
  }
  const begun = performance.now();
  while (performance.now() < begun + delay) await (performance.now() < begun + delay - 3 ? pause(1) : turn());
  const at = performance.now() - begun;
  process.kill(pid, 'SIGTERM');
  const [status] = await Promise.race([ended, pause(PATIENCE, ['lost'])]);
  if (status === 'lost') {
    unshare.kill('SIGKILL');
    await ended;
  }
  return { at, status };
}

function childOf(pid) {
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return child === '' ? undefined : Number(child);
}

function report() {
  const lost = results.filter(({ status }) => status === 'lost').map(({ at }) => Math.round(at));
  lost.sort((one, other) => one - other);
  const count = (status) => results.filter((one) => one.status === status).length;
  const middle = lost.slice(Math.floor(lost.length * 0.05), Math.ceil(lost.length * 0.95));
  console.log(
    `load ${loadavg()[0].toFixed(1)}; ${tries} tries, one each at a random moment of the first ${SPAN} ms`,
  );
  console.log(`lost: ${lost.length} (${((100 * lost.length) / tries).toFixed(0)} %)`);
  if (lost.length > 0)
    console.log(`at ${lost[0]} to ${lost.at(-1)} ms, nine of ten at ${middle[0]} to ${middle.at(-1)} ms`);
  console.log(`ended with 143 before there were jobs: ${count(143)}; by an ordered shutdown: ${count(0)}`);
}
