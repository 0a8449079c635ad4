/** What must hold for any jobs and anything that happens to them. */
import { test } from 'tap';
import fc from 'fast-check';
import type { ProcessName } from '../../../src/jobfile/job-class.js';
import { createCore } from '../../../src/supervisor/core/core.js';
import { exited, killedBy, Runaway, World } from './support/world.js';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const HOOKS: readonly ProcessName[] = ['pre-start', 'post-start', 'pre-stop', 'post-stop'];
const HOUR = 3_600_000;

const name = fc.constantFrom(...NAMES);
const event = fc.oneof(
  fc.constantFrom('x', 'y', 'z', 'x/failed'),
  fc
    .tuple(fc.constantFrom('starting', 'started', 'stopping', 'stopped'), name)
    .map((words) => words.join(' ')),
);
const expression = fc.oneof(
  event,
  fc.tuple(event, fc.constantFrom('and', 'or'), event).map((words) => words.join(' ')),
);
const optional = (stanza: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(stanza, { nil: '' });

const jobFile = fc
  .tuple(
    optional(expression.map((on) => `start on ${on}`)),
    optional(expression.map((on) => `stop on ${on}`)),
    fc.subarray([...HOOKS]).map((hooks) => hooks.map((hook) => `${hook} exec true`).join('\n')),
    optional(fc.constant('exec true')),
    optional(fc.constant('task')),
    optional(fc.constantFrom('respawn', 'respawn\nrespawn limit 1 5', 'respawn\nrespawn delay 1 8')),
    optional(fc.constantFrom('expect fork', 'expect stop', 'ready auto', 'ready notify')),
    optional(fc.constantFrom('kill timeout 1', 'kill timeout 0')),
    optional(fc.constantFrom('requires a', 'requires b', 'after c')),
  )
  .map((stanzas) => stanzas.filter((stanza) => stanza !== '').join('\n'));

const jobs = fc.record(Object.fromEntries(NAMES.map((job) => [job, jobFile])));

type Happening = (world: World) => void;
const status = fc.constantFrom(exited(0), exited(1), killedBy('KILL'));
const happening: fc.Arbitrary<{ readonly says: string; readonly happens: Happening }> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('start', 'stop', 'restart', 'reload'),
      name,
      fc.constantFrom('upstart', 'settled', 'nothing'),
      fc.boolean(),
    )
    .map(([verb, job, wait, foster]) => ({
      says: `${verb} ${job} (${wait})`,
      happens: (world: World) =>
        void world.command(`${verb} ${job}`, { wait, dialect: foster ? 'foster' : 'upstart' }),
    })),
  fc
    .constantFrom('x', 'y', 'z')
    .map((emitted) => ({ says: `emit ${emitted}`, happens: (world: World) => void world.emit(emitted) })),
  fc.tuple(name, fc.constantFrom<ProcessName>('main', ...HOOKS), status).map(([job, process, how]) => ({
    says: `${job} ${process} ends with ${how}`,
    happens: (world: World) => {
      if (world.pid(job, process) !== undefined) world.ends(job, process, how);
    },
  })),
  name.map((job) => ({
    says: `${job} hands over`,
    happens: (world: World) => {
      if (world.pid(job, 'main') !== undefined) world.handsOver(job);
    },
  })),
  fc.tuple(name, fc.constantFrom('ready', 'process-stopped')).map(([job, kind]) => ({
    says: `${job} ${kind}`,
    happens: (world: World) => {
      const ref = { name: job, instance: '' };
      world.input(
        kind === 'ready'
          ? { kind: 'ready', job: ref }
          : { kind: 'process-stopped', job: ref, process: 'main' },
      );
    },
  })),
  fc
    .constantFrom(50, 1000, 10_000)
    .map((time) => ({ says: `${time} ms pass`, happens: (world: World) => world.passes(time) })),
  fc
    .tuple(name, jobFile)
    .map(([job, text]) => ({ says: `${job}: ${text}`, happens: (world: World) => world.load(job, text) })),
);

const story = fc.tuple(
  jobs,
  fc.subarray([...NAMES]),
  fc
    .array(happening, { maxLength: 40, size: 'max' })
    .map((happenings) =>
      Object.assign(happenings, { toString: () => happenings.map(({ says }) => says).join('; ') }),
    ),
);

type Story = readonly [Record<string, string>, readonly string[], readonly { readonly happens: Happening }[]];

/** Jobs that chase one another without end are another test's concern. */
function unlessEndless(check: () => void): void {
  try {
    check();
  } catch (error) {
    fc.pre(!(error instanceof Runaway));
    throw error;
  }
}

function tell([files, stubborn, happenings]: Story): World {
  const world = new World(files);
  for (const job of stubborn) world.stubborn.add(job);
  for (const { happens } of happenings) {
    happens(world);
    checkInvariants(world);
  }
  return world;
}

/** A command waits only for a job that is not where the command sends it. */
function checkCommands(world: World): void {
  for (const { id, verb, name: job, wait } of world.commands) {
    if (world.answer(id) !== 'waits') continue;
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
    const owner = timer.slice(timer.indexOf(':') + 1);
    // The pause of endless events is the core's own.
    if (timer !== 'events' && world.view(owner) === undefined) throw new Error(`timer ${timer} has no owner`);
  }
  for (const job of world.core.jobs(world.now)) {
    const isIdle = job.state === 'running' || job.state === 'waiting';
    if (!isIdle && job.waitsFor === undefined)
      throw new Error(`${job.ref.name} in ${job.state} waits for nothing`);
    const commands = [...world.timers.keys()].filter((timer) => timer.endsWith(`:${job.ref.name}`));
    const bounded = isIdle || commands.length > 0;
    if (!bounded) throw new Error(`${job.ref.name} in ${job.goal}/${job.state} waits without end`);
  }
}

test('every job that does not run waits for something that comes, and every timer has an owner', (t) => {
  fc.assert(
    fc.property(story, (told) => unlessEndless(() => tell(told))),
    { numRuns: 400 },
  );
  t.end();
});

test('a stop of every job is answered, and none is stuck on its way', (t) => {
  fc.assert(
    fc.property(story, (told) =>
      unlessEndless(() => {
        const world = tell(told);
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
        const world = tell(told);
        for (let round = 0; round < 20; round += 1) {
          for (const job of world.core.jobs(world.now)) {
            for (const { process } of job.processes) world.ends(job.ref.name, process, exited(1));
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

test('a core that takes saved jobs back goes on as the one before would have', (t) => {
  fc.assert(
    fc.property(story, fc.array(happening, { maxLength: 15 }), (told, after) =>
      unlessEndless(() => {
        const [one, other] = [tell(told), tell(told)];
        replaceCore(other);
        for (const { happens } of after) {
          happens(one);
          happens(other);
          const [expected, actual] = [describe(one), describe(other)];
          if (expected !== actual) throw new Error(`expected:\n${expected}\nfound:\n${actual}`);
        }
      }),
    ),
    { numRuns: 300 },
  );
  t.end();
});

function replaceCore(world: World): void {
  const saved = world.core.save(world.now);
  world.timers.clear();
  world.core = createCore(world.coreOptions());
  for (const [job, jobClass] of world.classes) world.input({ kind: 'class', name: job, class: jobClass });
  world.takesBack(saved);
}

function describe(world: World): string {
  return NAMES.map((job) => world.status(job)).join('\n');
}
