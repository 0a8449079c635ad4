/** The faults, each with how often it comes (0 where it makes no sense) and what it does. */
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { shortOf } from './shortages.js';
import { mainOf, membersOf, processes } from './truth.js';
import { send, until } from './world.js';

const always = (weight) => () => weight;
/** What nobody survives as PID 1: whoever kills it ends everything. */
const unlessInit =
  (weight) =>
  ({ isInit }) =>
    isInit ? 0 : weight;

/** name -> { weight, act(world, { random, pick }) } */
export const FAULTS = {
  'kill of a main': {
    weight: always(5),
    act: (world, dice) => withPid(main(world, dice), (pid) => send(pid, 'SIGKILL')),
  },
  'kill of a process of a job': {
    weight: always(4),
    act: (world, dice) => withPid(member(world, dice), (pid) => send(pid, 'SIGKILL')),
  },
  'TERM to a process of a job': {
    weight: always(3),
    act: (world, dice) => withPid(member(world, dice), (pid) => send(pid, 'SIGTERM')),
  },
  'a process of a job stands': {
    weight: always(2),
    act: (world, dice) => withPid(member(world, dice), (pid) => stand(pid, dice.random(300))),
  },
  'foster stands': { weight: always(1), act: (world, dice) => stand(world.supervisor, dice.random(1000)) },
  'foster stands in a storm of forks': { weight: always(1), act: standInStorm },
  'kill of a launcher': { weight: always(2), act: killLauncher },
  'kill of foster': { weight: unlessInit(2), act: crash },
  'kill of foster within a launch': { weight: unlessInit(2), act: crashWithinLaunch },
  're-exec by a command': { weight: always(1), act: (world) => reexec(world, () => world.cli('reexec')) },
  're-exec by USR2': {
    weight: always(1),
    act: (world) => reexec(world, () => send(world.supervisor, 'SIGUSR2')),
  },
  'edit of a job file': { weight: always(2), act: edit },
  'removal of a job file': { weight: always(1), act: removal },
  'rename of a job file': { weight: always(1), act: rename },
  'commands at the same time': { weight: always(3), act: commands },
  'few descriptors': {
    weight: always(1),
    act: (world, dice) => shortOf.descriptors(world, dice.random(1000)),
  },
  'little memory': { weight: unlessInit(1), act: littleMemory },
  'no process left': { weight: always(1), act: (world, dice) => shortOf.processes(world, dice.random(600)) },
  'run or log directory full': {
    weight: always(1),
    act: (world, dice) => shortOf.space(world, dice.pick(['run', 'log']), dice.random(600)),
  },
  'run or log directory read-only': {
    weight: always(1),
    act: (world, dice) => shortOf.writing(world, dice.pick(['run', 'log']), dice.random(600)),
  },
  'wall clock jumps': {
    weight: ({ hasClock }) => (hasClock ? 2 : 0),
    act: (world, dice) => world.setClock(dice.pick(['+0', '+3600', '-3600', '+100d', '-400d', '+1'])),
  },
};

function withPid(pid, act) {
  return pid === undefined ? undefined : act(pid);
}

function member({ jobs }, { pick }) {
  return pick(membersOf(pick(jobs), processes()))?.pid;
}

function main({ jobs }, { pick }) {
  return mainOf(pick(jobs), processes());
}

async function stand(pid, milliseconds) {
  send(pid, 'SIGSTOP');
  await pause(milliseconds);
  send(pid, 'SIGCONT');
}

/** Forks of strangers and of jobs fill what the kernel keeps of events for foster. */
async function standInStorm(world, dice) {
  send(world.supervisor, 'SIGSTOP');
  spawnSync('sh', ['-c', 'i=0; while [ $i -lt 1500 ]; do (:); i=$((i+1)); done']);
  for (let count = 0; count < 3; count++) withPid(main(world, dice), (pid) => send(pid, 'SIGKILL'));
  send(world.supervisor, 'SIGCONT');
}

/** Has a job started that takes its time to daemonise, and waits for its launcher. */
async function launcherOf(world, job) {
  void world.cli('restart', '--no-wait', job.name);
  let found;
  const isThere = () => {
    found = membersOf(job, processes()).find(({ role }) => role === 'launcher')?.pid;
    return found !== undefined;
  };
  for (const end = performance.now() + 1500; performance.now() < end && !isThere();) await pause(10);
  return found;
}

const slow = ({ jobs }, { pick }) => pick(jobs.filter(({ shape }) => shape === 'launcher'));

async function killLauncher(world, dice) {
  const pid = await launcherOf(world, slow(world, dice));
  await pause(dice.random(150));
  withPid(pid, (launcher) => send(launcher, 'SIGKILL'));
}

async function crashWithinLaunch(world, dice) {
  await launcherOf(world, slow(world, dice));
  await pause(dice.random(150));
  await crash(world, dice);
}

async function crash(world, dice) {
  send(world.supervisor, 'SIGKILL');
  await until(() => world.isGone, 10_000);
  // workers and launchers go on, and end, meanwhile
  if (dice.random(3) === 0) withPid(main(world, dice), (pid) => send(pid, 'SIGKILL'));
  await pause(dice.random(400));
  await world.begin();
}

async function reexec(world, ask) {
  const since = (await world.cli('version', '--json')).text;
  await ask();
  // a signal in the midst of a re-exec ends an ordinary process: the next one comes when this one is over
  const isNew = async () => {
    const { status, text } = await world.cli('version', '--json');
    return status === 0 && text !== since;
  };
  if (!(await until(isNew, 30_000))) world.note('no new program answers');
}

function edit({ jobs }, { pick, random }) {
  const job = pick(jobs);
  writeFileSync(job.path, `${job.text}# edited ${random(1e6)}\n`);
}

async function removal({ jobs }, { pick, random }) {
  const job = pick(jobs);
  rmSync(job.path);
  await pause(random(400));
  writeFileSync(job.path, job.text);
}

async function rename({ jobs }, { pick, random }) {
  const job = pick(jobs);
  renameSync(job.path, `${job.path}.away`);
  await pause(random(400));
  renameSync(`${job.path}.away`, job.path);
}

function commands(world, { pick }) {
  for (let count = 0; count < 3; count++)
    void world.cli(pick(['start', 'stop', 'restart']), pick(world.jobs).name);
}

/** V8 cannot be kept from ending a program that gets no memory: then the next foster takes over, as after any crash. */
async function littleMemory(world, { random }) {
  const size = Number(
    /^VmSize:\s+(\d+)/m.exec(readFileSync(`/proc/${world.supervisor}/status`, 'utf8'))?.[1],
  );
  const limit = (bytes) => spawnSync('prlimit', ['--pid', String(world.supervisor), `--as=${bytes}`]);
  limit((size + random(16 * 1024)) * 1024);
  await pause(random(800));
  limit('unlimited');
  if (!world.isGone) return;
  world.note('foster has ended for want of memory');
  await world.begin();
}
