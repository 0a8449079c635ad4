/**
 * Chaos: faults at random on foster and its jobs, then a look whether every job runs exactly once and nothing else is left.
 * Run by scripts/chaos.sh in namespaces of its own.
 *
 *      node scripts/chaos/run.js FOSTER DIRECTORY SEED FAULTS process|init|container SOURCE JOBS
 *
 * As `init` or in a `container`, foster is PID 1: whoever kills it ends everything, so it replaces itself instead. The list of faults
 * goes to DIRECTORY/schedule.json; CHAOS_SCHEDULE names one that is to be done instead, and CHAOS_CLOCK the library of faketime(1).
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { FAULTS } from './faults.js';
import { randomOf } from './random.js';
import { makeSchedule, readSchedule } from './schedule.js';
import { faultOf, innerPid, mainOf, membersOf, processes, sizeOf } from './truth.js';
import { until, World } from './world.js';

const [foster, directory, seed, faults, mode, source, jobCount] = process.argv.slice(2);
const { CHAOS_SCHEDULE, CHAOS_CLOCK } = process.env;
/** How long all may take to be as they should after the last fault. */
const SETTLE_MS = 120_000;
const GROWTH_MIB = 100;
/** A daemon that lives for so long has begun. */
const LASTING_MS = 2000;

const preload = CHAOS_CLOCK !== undefined && existsSync(CHAOS_CLOCK) ? CHAOS_CLOCK : undefined;
const world = new World({ foster, directory, mode, source, preload, count: Number(jobCount) });
const kinds = { isInit: world.isInit, hasClock: preload !== undefined };
const schedule = CHAOS_SCHEDULE ? readSchedule(CHAOS_SCHEDULE) : makeSchedule(seed, Number(faults), kinds);
writeFileSync(world.place('schedule.json'), JSON.stringify(schedule));

function wrongJobs() {
  const all = processes();
  return world.jobs.flatMap((job) => faultOf(job, all) ?? []);
}

/** Whether foster takes the same process for main as is main in truth. */
async function wrongMains() {
  const all = processes();
  const problems = [];
  for (const job of world.jobs) {
    const truth = mainOf(job, all);
    const { main } = JSON.parse((await world.cli('status', job.name, '--json')).text || '{}');
    if (truth === undefined || innerPid(truth) !== main)
      problems.push(`${job.name}: main is ${truth}, foster says ${main}`);
  }
  return problems;
}

/** What there was, for whoever looks into it: the processes of jobs, and their logs, which are in a file system of this run. */
function keepEvidence() {
  const all = processes();
  const lines = world.jobs.flatMap((job) => membersOf(job, all)).map((one) => JSON.stringify(one));
  writeFileSync(world.place('processes'), `${lines.join('\n')}\n`);
  cpSync(world.place('log'), world.place('log-at-last'), { recursive: true });
}

/** A job may be on its way from one main to the next: what is wrong has to stay so. @returns what `look` finds at last */
async function lastingly(look) {
  let found = [];
  await until(async () => (found = await look()).length === 0, SETTLE_MS / 4);
  return found;
}

/** A daemon that does not run here without any fault is none of the run's: it goes, as if it were not installed. */
async function leaveOutBroken() {
  const before = processes();
  // one that is respawned again and again is there at any moment, too
  await pause(LASTING_MS);
  const all = processes();
  const lasts = (job) => faultOf(job, all) === undefined && mainOf(job, before) === mainOf(job, all);
  const broken = world.jobs.filter((job) => job.program !== undefined && !lasts(job));
  for (const { name, path } of broken) {
    world.note(`${name} does not run here and is left out`);
    await world.cli('stop', name);
    writeFileSync(path, 'manual\nexec true\n');
  }
  world.jobs = world.jobs.filter((job) => !broken.includes(job));
}

await world.begin();
world.startStrangers();
await until(() => wrongJobs().length === 0, SETTLE_MS / 6);
await leaveOutBroken();
const isBegun = await until(() => wrongJobs().length === 0 && world.strangerFault() === undefined, SETTLE_MS);
const atFirst = isBegun ? [] : wrongJobs();
const before = sizeOf(world.supervisor);
for (const [index, fault] of schedule.entries()) {
  world.note(`${index} ${fault.name}`);
  await FAULTS[fault.name].act(world, randomOf(fault.seed));
  // it may have ended by itself, for want of something
  if (world.isGone && !world.isInit) {
    world.note('foster has ended');
    await world.begin();
  }
  await pause(fault.pause);
}
world.note('over');
world.setClock('+0');
const asShouldBe = await until(async () => {
  await Promise.all(world.jobs.map((job) => world.cli('start', '--no-wait', job.name)));
  await pause(2000);
  return wrongJobs().length === 0;
}, SETTLE_MS);
const after = sizeOf(world.supervisor);
const zombies = processes().filter((one) => one.state === 'Z' && one.parent === world.supervisor);
const problems = [
  ...atFirst.map((text) => `at first ${text}`),
  ...(asShouldBe ? await lastingly(wrongMains) : wrongJobs()),
  ...zombies.map(({ pid }) => `zombie ${pid}`),
  ...(after.descriptors > before.descriptors + 2 * world.jobs.length
    ? [`descriptors ${before.descriptors} to ${after.descriptors}`]
    : []),
  ...(after.resident > before.resident + GROWTH_MIB
    ? [`memory ${before.resident} to ${after.resident} MiB`]
    : []),
  ...(readFileSync(world.place('foster.out'), 'utf8').includes('Internal error')
    ? ['an internal error']
    : []),
  ...(world.strangerFault() === undefined ? [] : [world.strangerFault()]),
];
if (problems.length > 0) keepEvidence();
if (!(await world.end())) problems.push('TERM does not end foster');
const left = processes().filter(({ job, state }) => job !== undefined && state !== 'Z');
problems.push(...left.map(({ pid, job }) => `${job} has left process ${pid}`));
// PID 1 ends everything in its namespace, and an ordinary process nothing but its jobs
const strangers = world.strangerFault(world.isInit ? 0 : undefined);
if (strangers !== undefined) problems.push(`after the end ${strangers}`);
const real = world.jobs.filter(({ program }) => program).length;
console.log(
  `seed ${seed}, ${mode}, ${source}: ${schedule.length} faults, ${real} real daemons of ${world.jobs.length} jobs, ` +
    `${before.descriptors} to ${after.descriptors} descriptors, ${before.resident} to ${after.resident} MiB: ` +
    (problems.length === 0 ? 'passed' : `FAILED: ${problems.join('; ')}`),
);
// commands that still wait for an answer are nobody's concern
process.exit(problems.length === 0 ? 0 : 1);
