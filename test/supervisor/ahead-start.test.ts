import { test, type Test } from 'tap';
import { AheadStart } from '../../src/supervisor/ahead-start.js';
import type { CoreEffect, JobRef } from '../../src/supervisor/core/contract.js';
import type { JobClass } from '../../src/jobfile/job-class.js';
import { LaunchError } from '../../src/supervisor/launch/launch-error.js';

type Spawn = Extract<CoreEffect, { kind: 'spawn' }>;

const JOB: JobRef = { name: 'foo', instance: '' };
const CLASS: JobClass = {
  name: 'foo',
  source: { path: 'foo.conf', syntax: 'conf' },
  processes: { main: { exec: 'sleep 1000' } },
  env: [],
  export: [],
  emits: [],
};
const SPAWN: Spawn = { kind: 'spawn', job: JOB, class: CLASS, process: 'main', env: ['A=1'] };

function rig(foreseen: Spawn | undefined, start = () => ({ pid: 77, gated: false })) {
  const dropped: number[] = [];
  const ahead = new AheadStart({ foresee: () => foreseen, start, drop: (pid) => void dropped.push(pid) });
  return { ahead, dropped };
}

test('what the core asks for when it is told of the end is there already', (t) => {
  const { ahead, dropped } = rig(SPAWN);
  const told: string[] = [];
  const begun = ahead.begin(JOB, 9, () => {
    told.push('end');
    t.same(ahead.claim({ ...SPAWN, env: ['A=1'] }), { pid: 77, gated: false });
    t.equal(ahead.claim(SPAWN), undefined, 'once');
  });
  t.ok(begun);
  t.same(told, [], 'the end is told a moment later');
  ahead.settle();
  ahead.settle();
  t.same(told, ['end'], 'once');
  t.same(dropped, []);
  t.end();
});

test('the end is told by itself', async (t) => {
  const { ahead } = rig(SPAWN);
  await new Promise<void>((resolve) => {
    ahead.begin(JOB, 9, () => {
      ahead.claim(SPAWN);
      resolve();
    });
  });
  t.equal(ahead.claim(SPAWN), undefined);
});

function unclaimed(t: Test, asked: Spawn | undefined, why: string): void {
  const { ahead, dropped } = rig(SPAWN);
  ahead.begin(JOB, 9, () => {
    if (asked !== undefined) t.equal(ahead.claim(asked), undefined, why);
  });
  ahead.settle();
  t.same(dropped, [77], why);
  t.equal(ahead.claim(SPAWN), undefined);
}

test('what is not asked for in the end is dropped', (t) => {
  unclaimed(t, undefined, 'the core asks for nothing');
  unclaimed(t, { ...SPAWN, env: ['A=2'] }, 'for another environment');
  unclaimed(t, { ...SPAWN, class: { ...CLASS } }, 'for another class');
  unclaimed(t, { ...SPAWN, process: 'pre-start' }, 'for another process');
  unclaimed(t, { ...SPAWN, job: { name: 'bar', instance: '' } }, 'for another job');
  t.end();
});

test('also when telling of the end fails', (t) => {
  const { ahead, dropped } = rig(SPAWN);
  ahead.begin(JOB, 9, () => {
    throw new Error('a fault');
  });
  t.throws(() => ahead.settle(), /a fault/);
  t.same(dropped, [77]);
  t.end();
});

test('where nothing is foreseen, or cannot be started, nothing is put off', (t) => {
  const never = () => t.fail('told by somebody else');
  t.notOk(rig(undefined).ahead.begin(JOB, 9, never));
  const missing = rig(SPAWN, () => {
    throw LaunchError.other('unable to execute: No such file or directory', '');
  });
  t.notOk(missing.ahead.begin(JOB, 9, never));
  missing.ahead.settle();
  t.same(missing.dropped, []);
  t.end();
});
