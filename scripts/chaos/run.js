/**
 * Chaos: faults at random on foster and its jobs, then a look whether every job runs exactly once and nothing else is left.
 * Run by scripts/chaos.sh in namespaces of its own.
 *
 *      node scripts/chaos/run.js FOSTER DIRECTORY SEED FAULTS process|init
 *
 * As `init`, foster is PID 1 of a pid namespace of its own: whoever kills it ends everything, so it replaces itself instead.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeJobs } from './jobs.js';
import { faultOf, innerPid, mainOf, membersOf, processes, sizeOf } from './truth.js';

const [foster, directory, seed, faults, mode] = process.argv.slice(2);
const isInit = mode === 'init';
const JOBS = 30;
const STRANGERS = 3;
/** How long all may take to be as they should after the last fault. */
const SETTLE_MS = 90_000;

/** mulberry32: the same seed gives the same faults */
let state = Number(seed);
function random(below) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
}
const pick = (list) => list[random(list.length)];

mkdirSync(directory, { recursive: true });
const jobs = writeJobs(directory, JOBS);
const place = (name) => join(directory, name);
const output = openSync(place('foster.out'), 'a');
const socket = place('run/foster.sock');
/** whoever was started here: foster itself or, as init, unshare(1) above it */
let child;
/** foster, in the numbers of this namespace */
let supervisor;

function note(text) {
  appendFileSync(place('faults.log'), `${new Date().toISOString()} ${text}\n`);
}

async function begin() {
  const places = ['--confdir', place('conf'), '--logdir', place('log'), '--rundir', place('run')];
  const own = [foster, 'init', ...places];
  const line = isInit ? ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...own] : own;
  child = spawn(line[0], line.slice(1), { stdio: ['ignore', output, output] });
  if (!(await until(isAnswering, 60_000))) throw new Error('foster does not answer');
  supervisor = isInit ? processes().find(({ parent }) => parent === child.pid).pid : child.pid;
}

/** @returns the exit status and the output */
function cli(...words) {
  return new Promise((resolve) => {
    const command = spawn(foster, [...words, '--socket', socket], { stdio: ['ignore', 'pipe', 'pipe'] });
    const limit = setTimeout(() => command.kill('SIGKILL'), 30_000);
    let text = '';
    command.stdout.on('data', (chunk) => (text += chunk));
    command.stderr.resume();
    command.on('close', (status) => {
      clearTimeout(limit);
      resolve({ status, text });
    });
  });
}

async function isAnswering() {
  return (await cli('version')).status === 0;
}

async function until(condition, milliseconds) {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await pause(100);
  }
  return true;
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return false;
  }
}

function member() {
  return pick(membersOf(pick(jobs), processes()))?.pid;
}

function main() {
  return mainOf(pick(jobs), processes());
}

const FAULTS = [
  ['kill of a main', 5, () => withPid(main(), (pid) => send(pid, 'SIGKILL'))],
  ['kill of a process of a job', 4, () => withPid(member(), (pid) => send(pid, 'SIGKILL'))],
  ['TERM to a process of a job', 3, () => withPid(member(), (pid) => send(pid, 'SIGTERM'))],
  ['a process of a job stands for a while', 2, () => withPid(member(), stand)],
  ['foster stands for a while', 1, () => stand(supervisor)],
  ['kill of a launcher', 2, killLauncher],
  ['kill of foster', isInit ? 0 : 2, crash],
  ['kill of foster within a launch', isInit ? 0 : 2, crashWithinLaunch],
  ['re-exec by a command', 1, () => reexec(() => cli('reexec'))],
  ['re-exec by USR2', 1, () => reexec(() => send(supervisor, 'SIGUSR2'))],
  ['edit of a job file', 2, edit],
  ['commands at the same time', 3, commands],
];
const lots = FAULTS.flatMap((fault) => Array.from({ length: fault[1] }, () => fault));

function withPid(pid, act) {
  return pid === undefined ? undefined : act(pid);
}

async function stand(pid) {
  send(pid, 'SIGSTOP');
  await pause(random(300));
  send(pid, 'SIGCONT');
}

/** Has a job started that takes its time to daemonise, and waits for its launcher. */
async function launcherOf(job) {
  void cli('restart', '--no-wait', job.name);
  let found;
  const isThere = () => {
    found = membersOf(job, processes()).find(({ role }) => role === 'launcher')?.pid;
    return found !== undefined;
  };
  for (const end = Date.now() + 1500; Date.now() < end && !isThere();) await pause(10);
  return found;
}

const slow = () => pick(jobs.filter(({ shape }) => shape === 'launcher'));

async function killLauncher() {
  const pid = await launcherOf(slow());
  await pause(random(150));
  withPid(pid, (launcher) => send(launcher, 'SIGKILL'));
}

async function crashWithinLaunch() {
  await launcherOf(slow());
  await pause(random(150));
  await crash();
}

async function crash() {
  send(supervisor, 'SIGKILL');
  await until(() => child.exitCode !== null || child.signalCode !== null, 10_000);
  // workers and launchers go on, and end, meanwhile
  if (random(3) === 0) withPid(main(), (pid) => send(pid, 'SIGKILL'));
  await pause(random(400));
  await begin();
}

async function reexec(ask) {
  const since = (await cli('version', '--json')).text;
  await ask();
  // a signal in the midst of a re-exec ends an ordinary process: the next one comes when this one is over
  const isNew = async () => {
    const { status, text } = await cli('version', '--json');
    return status === 0 && text !== since;
  };
  if (!(await until(isNew, 30_000))) note('no new program answers');
}

function edit() {
  const job = pick(jobs);
  writeFileSync(job.path, `${job.text}# edited ${random(1e6)}\n`);
}

function commands() {
  for (let count = 0; count < 3; count++) void cli(pick(['start', 'stop', 'restart']), pick(jobs).name);
}

/** Processes that have nothing to do with foster, whatever their environment says. As init, it adopts them. */
function startStrangers() {
  for (let index = 0; index < STRANGERS; index++) {
    const env = { ...process.env, FOSTER_JOB: `worker${10 + index}`, FOSTER_INSTANCE: '' };
    const line = [
      'setpriv',
      '--reuid',
      '65534',
      '--clear-groups',
      'setsid',
      '--fork',
      'sleep',
      `${77_000 + index}`,
    ];
    const whole = isInit ? ['nsenter', '--target', String(supervisor), '--pid', ...line] : line;
    spawn(whole[0], whole.slice(1), { env, stdio: 'ignore' });
  }
}

function strangers() {
  return processes().filter(({ pid }) =>
    /^sleep\x0077\d\d\d\0$/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')),
  ).length;
}

function wrongJobs() {
  const all = processes();
  return jobs.flatMap((job) => faultOf(job, all) ?? []);
}

/** Whether foster takes the same process for main as is main in truth. */
async function wrongMains() {
  const all = processes();
  const problems = [];
  for (const job of jobs) {
    const truth = mainOf(job, all);
    const { main } = JSON.parse((await cli('status', job.name, '--json')).text || '{}');
    if (truth === undefined || innerPid(truth) !== main)
      problems.push(`${job.name}: main is ${truth}, foster says ${main}`);
  }
  return problems;
}

await begin();
startStrangers();
const isBegun = await until(() => wrongJobs().length === 0 && strangers() === STRANGERS, SETTLE_MS);
const atFirst = isBegun ? [] : wrongJobs();
const before = sizeOf(supervisor);
for (let fault = 0; fault < Number(faults); fault++) {
  const [name, , act] = pick(lots);
  note(`${fault} ${name}`);
  await act();
  await pause(random(150));
}
note('over');
const asShouldBe = await until(async () => {
  await Promise.all(jobs.map((job) => cli('start', '--no-wait', job.name)));
  await pause(2000);
  return wrongJobs().length === 0;
}, SETTLE_MS);
const after = sizeOf(supervisor);
const zombies = processes().filter((one) => one.state === 'Z' && one.parent === supervisor);
const problems = [
  ...atFirst.map((text) => `at first ${text}`),
  ...(asShouldBe ? await wrongMains() : wrongJobs()),
  ...zombies.map(({ pid }) => `zombie ${pid}`),
  ...(after.descriptors > before.descriptors + 2 * JOBS
    ? [`descriptors ${before.descriptors} to ${after.descriptors}`]
    : []),
  ...(after.resident > before.resident + 100 ? [`memory ${before.resident} to ${after.resident} MiB`] : []),
  ...(readFileSync(place('foster.out'), 'utf8').includes('Internal error') ? ['an internal error'] : []),
  ...(strangers() === STRANGERS ? [] : [`${strangers()} of ${STRANGERS} strangers live`]),
];
send(supervisor, 'SIGTERM');
if (!(await until(() => child.exitCode !== null, 20_000))) problems.push('TERM does not end foster');
const left = processes().filter(({ job, state: is }) => job !== undefined && is !== 'Z');
problems.push(...left.map(({ pid, job }) => `${job} has left process ${pid}`));
// PID 1 ends everything in its namespace, and an ordinary process nothing but its jobs
if (strangers() !== (isInit ? 0 : STRANGERS)) problems.push(`after the end ${strangers()} strangers live`);
console.log(
  `seed ${seed}, ${mode}: ${faults} faults, ${jobs.filter(({ program }) => program).length} real daemons of ${JOBS} jobs, ` +
    `${before.descriptors} to ${after.descriptors} descriptors, ${before.resident} to ${after.resident} MiB: ` +
    (problems.length === 0 ? 'passed' : `FAILED: ${problems.join('; ')}`),
);
// commands that still wait for an answer are nobody's concern
process.exit(problems.length === 0 ? 0 : 1);
