/**
 * Chaos: faults at random on foster and its jobs, then a look whether every job runs exactly once and nothing else is left.
 * Run by scripts/chaos.sh in namespaces of its own.
 *
 *      node scripts/chaos/run.js FOSTER DIRECTORY SEED FAULTS
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeJobs } from './jobs.js';
import { membersOf, processes, rootsOf, sizeOf } from './truth.js';

const [foster, directory, seed, faults] = process.argv.slice(2);
const JOBS = 30;
/** How long all may take to be as they should after the last fault. */
const SETTLE_MS = 60_000;

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
let supervisor;

async function begin() {
  const places = ['--confdir', place('conf'), '--logdir', place('log'), '--rundir', place('run')];
  supervisor = spawn(foster, ['init', ...places], { stdio: ['ignore', output, output] });
  await until(() => cli('version').status === 0, 30_000);
}

function cli(...words) {
  return spawnSync(foster, [...words, '--socket', socket], { encoding: 'utf8', timeout: 20_000 });
}

async function until(condition, milliseconds) {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) return false;
    await pause(100);
  }
  return true;
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function member() {
  return pick(membersOf(pick(jobs), processes()))?.pid;
}

const FAULTS = [
  ['kill of a process of a job', 8, () => withPid(member(), (pid) => send(pid, 'SIGKILL'))],
  ['TERM to a process of a job', 3, () => withPid(member(), (pid) => send(pid, 'SIGTERM'))],
  ['a process of a job stands for a while', 2, () => withPid(member(), stand)],
  ['foster stands for a while', 1, () => stand(supervisor.pid)],
  ['kill of foster', 2, crash],
  ['re-exec', 2, () => reexec()],
  ['edit of a job file', 2, edit],
  ['commands at the same time', 3, command],
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

async function crash() {
  send(supervisor.pid, 'SIGKILL');
  await until(() => supervisor.exitCode !== null || supervisor.signalCode !== null, 10_000);
  await pause(random(200));
  await begin();
}

async function reexec() {
  // a signal in the midst of a re-exec ends an ordinary process: the next one comes when this one is over
  cli('reexec');
  await until(() => cli('version').status === 0, 30_000);
}

function edit() {
  const job = pick(jobs);
  writeFileSync(job.path, `${job.text}# edited ${random(1e6)}\n`);
}

function command() {
  for (let count = 0; count < 3; count++) {
    const verb = pick(['start', 'stop', 'restart']);
    spawn(foster, [verb, pick(jobs).name, '--socket', socket], { stdio: 'ignore' });
  }
}

function wrongJobs() {
  const all = processes();
  return jobs.filter((job) => rootsOf(job, all) !== 1).map((job) => `${job.name} ${rootsOf(job, all)} times`);
}

await begin();
await until(() => wrongJobs().length === 0, SETTLE_MS);
const atFirst = wrongJobs();
const before = sizeOf(supervisor.pid);
for (let fault = 0; fault < Number(faults); fault++) {
  const [, , act] = pick(lots);
  await act();
  await pause(random(150));
}
const asShouldBe = await until(() => {
  for (const job of jobs) cli('start', '--no-wait', job.name);
  return wrongJobs().length === 0;
}, SETTLE_MS);
const after = sizeOf(supervisor.pid);
const zombies = processes().filter((one) => one.state === 'Z' && one.parent === supervisor.pid);
const problems = [
  ...(asShouldBe ? [] : wrongJobs()),
  ...zombies.map(({ pid }) => `zombie ${pid}`),
  ...(after.descriptors > before.descriptors + 2 * JOBS
    ? [`descriptors ${before.descriptors} to ${after.descriptors}`]
    : []),
  ...(after.resident > before.resident + 100 ? [`memory ${before.resident} to ${after.resident} MiB`] : []),
  ...(readFileSync(place('foster.out'), 'utf8').includes('Internal error') ? ['an internal error'] : []),
];
send(supervisor.pid, 'SIGTERM');
await until(() => supervisor.exitCode !== null, 20_000);
const left = processes().filter(({ job, state: is }) => job !== undefined && is !== 'Z');
problems.push(...left.map(({ pid, job }) => `${job} has left process ${pid}`));
console.log(
  `seed ${seed}: ${faults} faults, ${jobs.filter(({ program }) => program).length} real daemons of ${JOBS} jobs: ` +
    (problems.length === 0 ? 'passed' : `FAILED: ${problems.join('; ')}`) +
    (atFirst.length > 0 ? ` (at first ${atFirst.join(', ')})` : ''),
);
process.exitCode = problems.length === 0 ? 0 : 1;
