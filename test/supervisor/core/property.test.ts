/** What must hold for any jobs and anything that happens to them. */
import { test } from 'tap';
import fc from 'fast-check';
import { jobKey, jobOfKey, jobLabel } from '../../../src/tracker/job-key.js';
import { NAMES, story, tell, unlessEndless } from './support/stories.js';
import { exited, type World } from './support/world.js';

const HOUR = 3_600_000;

/** A command waits only for a job that is not where the command sends it. */
function checkCommands(world: World): void {
  const open = world.commands.flatMap((command) =>
    world.open(command.id).map((ref) => ({ ...command, job: jobLabel(ref) })),
  );
  for (const { verb, job, wait } of open) {
    const view = world.view(job);
    if (view === undefined) throw new Error(`${verb} ${job} is unanswered, and the job is no more`);
    const runs = view.state === 'running' && view.class.task !== true;
    const isThere = verb === 'stop' ? view.goal !== 'stop' : runs && (wait !== 'settled' || view.settled);
    if (isThere) throw new Error(`${verb} ${job} is unanswered in ${view.goal}/${view.state}`);
  }
}

function checkInvariants(world: World): void {
  checkCommands(world);
  for (const timer of world.timers.keys()) {
    const owner = jobLabel(jobOfKey(timer.slice(timer.indexOf(':') + 1)));
    // The pause of endless events is the core's own.
    if (timer !== 'events' && world.view(owner) === undefined) throw new Error(`timer ${timer} has no owner`);
  }
  for (const job of world.core.jobs(world.now)) {
    const isIdle = job.state === 'running' || job.state === 'waiting';
    if (!isIdle && job.waitsFor === undefined)
      throw new Error(`${job.ref.name} in ${job.state} waits for nothing`);
    const commands = [...world.timers.keys()].filter((timer) => timer.endsWith(`:${jobKey(job.ref)}`));
    const bounded = isIdle || commands.length > 0;
    if (!bounded) throw new Error(`${job.ref.name} in ${job.goal}/${job.state} waits without end`);
  }
}

test('every job that does not run waits for something that comes, and every timer has an owner', (t) => {
  fc.assert(
    fc.property(story, (told) => unlessEndless(() => tell(told, checkInvariants))),
    { numRuns: 400 },
  );
  t.end();
});

test('a stop of every job is answered, and none is stuck on its way', (t) => {
  fc.assert(
    fc.property(story, (told) =>
      unlessEndless(() => {
        const world = tell(told, checkInvariants);
        const stops = world.core.jobs(world.now).map(({ ref }) => world.foster(`stop ${ref.name}`));
        world.passes(HOUR);
        const open = stops.filter((stop) => world.answer(stop) === 'waits');
        if (open.length > 0) throw new Error(`unanswered: ${describe(world)}`);
      }),
    ),
    { numRuns: 400 },
  );
  t.end();
});

test('whatever happened, when all processes have ended and all timers fired, every job is at rest', (t) => {
  fc.assert(
    fc.property(story, (told) =>
      unlessEndless(() => {
        const world = tell(told, checkInvariants);
        for (let round = 0; round < 20; round += 1) {
          for (const job of world.core.jobs(world.now)) {
            for (const { process } of job.processes) world.ends(jobLabel(job.ref), process, exited(1));
          }
          world.passes(2 * HOUR);
        }
        const isStuck = world.core
          .jobs(world.now)
          .some(({ since, state }) => state !== 'running' && world.now - since > 4 * HOUR);
        if (isStuck) throw new Error(`stuck: ${describe(world)}`);
      }),
    ),
    { numRuns: 200 },
  );
  t.end();
});

function describe(world: World): string {
  return NAMES.map((job) => world.status(job)).join('\n');
}
