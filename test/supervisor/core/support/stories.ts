/** Random job files, and random things that happen to them, for tests of what must hold in any case. */
import fc from 'fast-check';
import type { ProcessName } from '../../../../src/jobfile/job-class/job-class.js';
import type { CoreInput, JobRef } from '../../../../src/supervisor/core/contract.js';
import { exited, killedBy, Runaway, World } from './world.js';

export const NAMES = ['a', 'b', 'c', 'd'] as const;
const HOOKS: readonly ProcessName[] = ['pre-start', 'post-start', 'pre-stop', 'post-stop'];

const name = fc.constantFrom(...NAMES);
/** a job, or a copy of one */
const label = fc.oneof(
  { arbitrary: name, weight: 3 },
  { arbitrary: fc.tuple(name, fc.constantFrom(1, 2)).map(([job, copy]) => `${job} (${copy})`), weight: 1 },
);
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

export const jobFile = fc
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
    optional(fc.constantFrom('watchdog 2')),
    fc.oneof({ arbitrary: fc.constant(''), weight: 4 }, { arbitrary: fc.constant('instances 2'), weight: 1 }),
  )
  .map((stanzas) => stanzas.filter((stanza) => stanza !== '').join('\n'));

const jobs = fc.record(Object.fromEntries(NAMES.map((job) => [job, jobFile])));

const status = fc.constantFrom(exited(0), exited(1), killedBy('KILL'));
/** One thing that happens, with what it is for whoever reads a counterexample. */
export interface Happening {
  readonly says: string;
  readonly happens: (world: World) => void;
}

export const happening: fc.Arbitrary<Happening> = fc.oneof(
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
  fc.tuple(label, fc.constantFrom<ProcessName>('main', ...HOOKS), status).map(([job, process, how]) => ({
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

const input = (says: string, of: (job: JobRef) => CoreInput): fc.Arbitrary<Happening> =>
  name.map((job) => ({
    says: `${job}: ${says}`,
    happens: (world: World) => world.input(of({ name: job, instance: '' })),
  }));

/** What is rarer: shortages, what sd_notify(3) says, files that go, and jobs that take their new file with them. */
const rarely: fc.Arbitrary<Happening> = fc.oneof(
  fc
    .constantFrom(0, 500, 20_000)
    .chain((interval) =>
      input(`a watchdog of ${interval} ms`, (job) => ({ kind: 'watchdog-interval', job, interval })),
    ),
  fc
    .constantFrom('alive' as const, 'trouble' as const)
    .chain((sign) => input(`is ${sign}`, (job) => ({ kind: 'watchdog', job, sign }))),
  input('30 s more', (job) => ({ kind: 'extend-timeout', job, by: 30_000 })),
  name.map((job) => ({
    says: `${job} is started, and becomes another program`,
    happens: (world: World) => {
      world.command(`start ${job}`);
      const pid = world.pid(job, 'main');
      if (pid !== undefined) world.input({ kind: 'program-began', job: { name: job, instance: '' }, pid });
    },
  })),
  name.map((job) => ({
    says: `${job} has members that take their time`,
    happens: (world: World) => void world.slowMembers.add(job),
  })),
  name.map((job) => ({
    says: `the members of ${job} have ended`,
    happens: (world: World) => world.membersEnd(job),
  })),
  fc.tuple(name, fc.constantFrom('main', ...HOOKS), fc.boolean()).map(([job, process, shortage]) => ({
    says: `${job} ${process} cannot be started any more${shortage ? ' for the moment' : ''}`,
    happens: (world: World) => {
      world.shortage = shortage;
      world.unstartable.set(`${job} ${process}`, 'unable to fork');
    },
  })),
  name.map((job) => ({
    says: `${job} is started, and for the moment there is no memory`,
    happens: (world: World) => {
      world.shortage = true;
      world.unstartable.set(`${job} main`, 'unable to fork');
      world.command(`start ${job}`);
      world.passes(1000);
    },
  })),
  name.map((job) => ({
    says: `${job} ends again and again`,
    happens: (world: World) => {
      for (let time = 0; time < 3 && world.pid(job, 'main') !== undefined; time += 1) {
        if (time > 0) world.passes(2000);
        world.ends(job, 'main', exited(1));
      }
    },
  })),
  fc.constant<Happening>({
    says: 'everything can be started',
    happens: (world: World) => world.unstartable.clear(),
  }),
  name.map((job) => ({
    says: `${job}: its file is gone`,
    happens: (world: World) => world.load(job, undefined),
  })),
  name.map((job) => ({
    says: `restart --reload ${job}`,
    happens: (world: World) =>
      void world.command(`restart ${job}`, { fresh: true, dialect: 'foster', wait: 'settled' }),
  })),
  fc.tuple(name, fc.constantFrom(undefined, 0, 1, 3)).map(([job, count]) => ({
    says: `scale ${job} ${count ?? ''}`,
    happens: (world: World) =>
      void world.command(`scale ${job}`, { dialect: 'foster', ...(count !== undefined && { count }) }),
  })),
  name.map((job) => ({
    says: `reset-failed ${job}`,
    happens: (world: World) => void world.command(`reset-failed ${job}`),
  })),
);

const saidAsOne = (happenings: Happening[]): readonly Happening[] =>
  Object.assign(happenings, { toString: () => happenings.map(({ says }) => says).join('; ') });

const many = (one: fc.Arbitrary<Happening>, maxLength: number): fc.Arbitrary<readonly Happening[]> =>
  fc.array(one, { maxLength, size: 'max' }).map(saidAsOne);

export type Story = readonly [Record<string, string>, readonly string[], readonly Happening[]];

export const story: fc.Arbitrary<Story> = fc.tuple(jobs, fc.subarray([...NAMES]), many(happening, 40));

/** The same with everything that there is. */
const anything = fc.oneof({ arbitrary: happening, weight: 3 }, { arbitrary: rarely, weight: 1 });
/** A service with everything of which something has to be remembered. */
const service = fc
  .tuple(
    fc.constantFrom('', 'ready auto', 'ready notify'),
    fc.constantFrom('respawn', 'respawn\nrespawn delay 1 8'),
  )
  .map((stanzas) => ['exec true', 'watchdog 2', ...stanzas].join('\n'));
const richJobs = fc.record(
  Object.fromEntries(NAMES.map((job, index) => [job, index < 2 ? jobFile : fc.oneof(jobFile, service)])),
);
export const richStory: fc.Arbitrary<Story> = fc.tuple(richJobs, fc.subarray([...NAMES]), many(anything, 40));
export const sequel: fc.Arbitrary<readonly Happening[]> = many(anything, 15);

/** Jobs that chase one another without end are the concern of other tests. */
export function unlessEndless(check: () => void): void {
  try {
    check();
  } catch (error) {
    fc.pre(!(error instanceof Runaway));
    throw error;
  }
}

/** What the story makes of the world. @param after is called after each thing that has happened */
export function tell(
  [files, stubborn, happenings]: Story,
  after: (world: World) => void = () => undefined,
): World {
  const world = new World(files);
  for (const job of stubborn) world.stubborn.add(job);
  for (const { happens } of happenings) {
    happens(world);
    after(world);
  }
  return world;
}
