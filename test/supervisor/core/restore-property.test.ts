/**
 * A core that takes back what another one has saved goes on exactly as that one would have: the same effects in the same order,
 * whatever has happened before and happens then. FOSTER_PROPERTY_RUNS is the number of random stories (100,000 by hand).
 */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { test } from 'tap';
import type { CoreEffect } from '../../../src/supervisor/core/contract.js';
import { createCore } from '../../../src/supervisor/core/core.js';
import { richStory, sequel, tell, unlessEndless, type Happening, type Story } from './support/stories.js';
import type { World } from './support/world.js';

const RUNS = Number(process.env['FOSTER_PROPERTY_RUNS'] ?? 1000);

/** The supervisor is replaced: through JSON, with the job files as they are then. */
function replaceCore(world: World): void {
  const saved = world.core.save(world.now);
  world.timers.clear();
  world.core = createCore(world.coreOptions());
  for (const [job, jobClass] of world.classes) world.input({ kind: 'class', name: job, class: jobClass });
  world.takesBack(saved);
}

/** Clients of commands lose their connection when the supervisor is replaced. */
function forgetCommands(world: World): void {
  for (let id = 1; id <= world.lastCommand; id += 1)
    if (world.answer(id) === 'waits') world.input({ kind: 'forget', id });
}

function goesOnAsBefore(told: Story, after: readonly Happening[]): void {
  const [one, other] = [tell(told), tell(told)];
  forgetCommands(one);
  forgetCommands(other);
  // handling goes on at once in the new core, and after a pause in the old one
  fc.pre(!one.timers.has('events'));
  replaceCore(other);
  compare('the saved state', one.core.save(one.now), other.core.save(other.now));
  for (const { happens, says } of after) {
    const effects = [one, other].map((world): readonly CoreEffect[] => {
      const before = world.effects.length;
      happens(world);
      return world.effects.slice(before);
    });
    compare(`after "${says}", the effects`, effects[0], effects[1]);
    compare(`after "${says}", the timers`, [...one.timers].sort(), [...other.timers].sort());
    compare(`after "${says}", what waits`, one.core.pending(one.now), other.core.pending(other.now));
    compare(`after "${says}", the state`, one.core.save(one.now), other.core.save(other.now));
  }
}

function compare(what: string, expected: unknown, found: unknown): void {
  const [one, other] = [expected, found].map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);
  if (isDeepStrictEqual(one, other)) return;
  throw new Error(`${what}:\n${JSON.stringify(one)}\nwere expected, and\n${JSON.stringify(other)}\nfound`);
}

/** What a random story has found once is told again each time. */
test('stories in which a core went on otherwise', (t) => {
  // seed 1676137774: how the last job of a class had ended was forgotten, and with it that what c requires had been there
  const files = {
    a: 'start on started a and starting c\nexec true\nexpect fork',
    c: 'start on starting a or x\nrequires a',
  };
  const happening = (says: string, happens: Happening['happens']): Happening => ({ says, happens });
  goesOnAsBefore(
    [
      files,
      [],
      [
        happening('start c', (world) => void world.command('start c')),
        happening('stop a', (world) => void world.command('stop a')),
      ],
    ],
    [happening('a becomes a task', (world) => world.load('a', 'task'))],
  );
  // seed 1616217580: copies are asked again to end their members, and both are answered
  goesOnAsBefore(
    [
      { b: 'exec true\nwatchdog 2\ninstances 2' },
      [],
      [
        happening('b has members that take their time', (world) => void world.slowMembers.add('b')),
        happening('start b', (world) => void world.command('start b')),
        happening('10 s pass', (world) => world.passes(10_000)),
        happening('the members of b have ended', (world) => world.membersEnd('b')),
      ],
    ],
    [],
  );
  t.end();
});

// a busy machine needs a tenth of a second for each
test(
  'a core that takes saved jobs back goes on as the one before would have',
  { timeout: RUNS * 100 },
  (t) => {
    fc.assert(
      fc.property(richStory, sequel, (told, after) => unlessEndless(() => goesOnAsBefore(told, after))),
      { numRuns: RUNS },
    );
    t.end();
  },
);
