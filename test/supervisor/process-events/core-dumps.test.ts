import { test } from 'tap';
import { CoreDumps } from '../../../src/supervisor/process-events/core-dumps.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';

const exit = (pid: number, status: number): ProcessEvent => ({ type: 'exit', time: 9, pid, status });

test('the latest core dump of a job is remembered', (t) => {
  const dumps = new CoreDumps();
  t.equal(dumps.of('web'), undefined);
  t.equal(
    dumps.observe('web', { type: 'coredump', time: 5, pid: 7 }),
    undefined,
    'the source has told of it',
  );
  t.same(dumps.of('web'), { pid: 7, time: 5 });
  t.equal(dumps.observe('web', exit(7, 11 | 0x80)), undefined, 'and the exit is of the same process');
  dumps.observe('web', { type: 'coredump', time: 6, pid: 8 });
  t.same(dumps.of('web'), { pid: 8, time: 6 });
  t.equal(dumps.of('db'), undefined);
  t.end();
});

test('a source that is silent about core dumps is completed from the status of the exit', (t) => {
  const dumps = new CoreDumps();
  t.same(dumps.observe('web', exit(7, 11 | 0x80)), { type: 'coredump', time: 9, pid: 7 });
  t.same(dumps.of('web'), { pid: 7, time: 9 });
  t.end();
});

test('an exit without a core is none, nor is one whose status nobody knows', (t) => {
  const dumps = new CoreDumps();
  t.equal(dumps.observe('web', exit(7, 11)), undefined);
  t.equal(dumps.observe('web', exit(7, 0x8000)), undefined, 'status 128 has nothing of a signal');
  t.equal(dumps.observe('web', { type: 'exit', time: 9, pid: 7 }), undefined);
  t.equal(dumps.of('web'), undefined);
  t.end();
});
