#!/usr/bin/env node
/**
 * What `foster init -- COMMAND` passes through, beside tini and dumb-init (Debian packages of these names), each as PID 1 of a pid
 * namespace of its own: all 256 exit statuses, the end of COMMAND by each signal, and every signal that can be caught.
 *
 *     sudo node scripts/passthrough-beside-tini.js        (after npm run build; takes a minute or two)
 *
 * Ends with status 1 if foster passes on less than it says in docs/pid-one.md.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FOSTER = fileURLToPath(new URL('../bin/foster', import.meta.url));
const AT_ONCE = 4;

/** What has not come by then does not come. */
const ARRIVES_WITHIN_MS = 2000;
const ENDS_WITHIN_MS = 10_000;

const { SIGKILL, SIGSTOP, SIGCHLD, SIGTERM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS } =
  constants.signals;
const { SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGURG, SIGWINCH } = constants.signals;
/** 32 and 33 belong to the C library; the others cannot be caught, or are how the kernel answers a fault of PID 1's own. */
const NOT_PASSED_ON = [SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, 32, 33];
/** RTMIN+3, which to foster is a shutdown as TERM is: COMMAND gets TERM. */
const SHUTDOWN = [SIGTERM, 37];
const HARMLESS = [SIGCHLD, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGURG, SIGWINCH, 32, 33];

const NUMBERS = Array.from({ length: 64 }, (_, index) => index + 1);
const SENT = NUMBERS.filter((signal) => !NOT_PASSED_ON.includes(signal));
const DEADLY = NUMBERS.filter((signal) => !HARMLESS.includes(signal));

if (process.getuid() !== 0) {
  console.error('passthrough-beside-tini: only root may make the namespaces that this takes');
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'foster-passthrough-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const inits = [
  ['foster', [process.execPath, FOSTER, 'init', '--confdir', scratch, '--logdir', scratch, '--rundir']],
  ['tini', ['tini', '--']],
  ['dumb-init', ['dumb-init', '--']],
];
let place = 0;
/** Each foster has a run directory of its own. */
const commandLine = ([name, words], command) =>
  name === 'foster' ? [...words, join(scratch, `run${place++}`), '--', ...command] : [...words, ...command];

for (const init of inits) {
  const [name] = init;
  if (name !== 'foster' && !existsSync(`/usr/bin/${name}`)) {
    console.log(`${name}: skipped, it is not installed`);
    continue;
  }
  const statuses = Array.from({ length: 256 }, (_, status) => status);
  const wrong = await all(statuses, async (status) => {
    const found = await ended(start(init, ['sh', '-c', `exit ${status}`]));
    return found === status ? undefined : `${status} as ${found}`;
  });
  const unlike = await all(DEADLY, async (signal) => {
    const found = await ended(start(init, ['sh', '-c', `kill -${signal} $$`]));
    return found === 128 + signal ? undefined : `${signal} as ${found}`;
  });
  const missed = await signalsThatDoNotArrive(init);
  console.log(`${name}:`);
  console.log(`    ${256 - wrong.length} of 256 exit statuses${listed(wrong)}`);
  console.log(
    `    ${DEADLY.length - unlike.length} of ${DEADLY.length} ends by a signal as 128 + n${listed(unlike)}`,
  );
  console.log(`    ${SENT.length - missed.length} of ${SENT.length} signals reach COMMAND${listed(missed)}`);
  const unexpected = missed.filter((signal) => !SHUTDOWN.includes(signal));
  if (name === 'foster' && wrong.length + unlike.length + unexpected.length > 0) process.exitCode = 1;
}

/** In as many shells as there are signals that end PID 1 by an answer of its own. */
async function signalsThatDoNotArrive(init) {
  const ordinary = SENT.filter((signal) => !SHUTDOWN.includes(signal));
  const missed = await notArriving(init, ordinary);
  for (const signal of SHUTDOWN) missed.push(...(await notArriving(init, [signal])));
  return missed;
}

async function notArriving(init, signals) {
  const traps = signals.map((signal) => `trap 'echo got ${signal}.' ${signal}`).join('; ');
  const child = start(init, ['sh', '-c', `${traps}; sleep 1000 & echo ready; while :; do wait; done`]);
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const arrived = async (text) => {
    for (const end = performance.now() + ARRIVES_WITHIN_MS; performance.now() < end; await pause(5)) {
      if (said.includes(text)) return true;
      if (child.exitCode !== null) return false;
    }
    return false;
  };
  if (!(await arrived('ready'))) throw new Error(`${init[0]} does not start COMMAND`);
  const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim());
  const missed = [];
  for (const signal of signals) {
    process.kill(pid, signal);
    if (await arrived(`got ${signal}.`)) continue;
    missed.push(signal);
    // dumb-init stops itself on TSTP, TTIN and TTOU; an init that has ended is no matter
    if (existsSync(`/proc/${pid}/stat`)) process.kill(pid, SIGCONT);
  }
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
  return missed;
}

function start(init, command) {
  const line = ['--pid', '--fork', '--mount-proc', '--kill-child', ...commandLine(init, command)];
  return spawn('unshare', line, { stdio: ['ignore', 'pipe', 'ignore'] });
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  return new Promise((resolve) => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
    child.once('exit', (status, signal) => {
      clearTimeout(impatience);
      resolve(status ?? signal);
    });
  });
}

/** What `check` says of those that are not right, a few at a time. */
async function all(items, check) {
  const queue = [...items];
  const found = [];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const problem = await check(item);
      if (problem !== undefined) found.push(problem);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

function listed(problems) {
  return problems.length === 0 ? '' : ` (not ${problems.join(', ')})`;
}
