import { test } from 'tap';

import { JobMarker, markOfJob } from '../../../src/tracker/scan/mark.js';
import { kernel, result, shell } from '../../kernel/support.js';

test('what is spawned bears the mark of its job, and so does what it leaves behind in every other way changed', (t) => {
  const marker = new JobMarker(kernel);
  const before = kernel.proc.realtimeLimit(process.pid);
  const pid = marker.spawn('job\0', () => shell('exec env -i setsid sleep 1000'));
  t.teardown(async () => {
    kernel.processes.kill(pid, 9);
    await result(pid);
  });
  t.equal(kernel.proc.realtimeLimit(pid), before ?? markOfJob('job\0'));
  t.equal(kernel.proc.realtimeLimit(process.pid), before, 'and the supervisor does not');
  t.end();
});

test('nothing is marked after a spawn that failed', (t) => {
  const before = kernel.proc.realtimeLimit(process.pid);
  t.throws(
    () =>
      new JobMarker(kernel).spawn('job\0', () => {
        throw new Error('no such program');
      }),
    'no such program',
  );
  t.equal(kernel.proc.realtimeLimit(process.pid), before);
  t.end();
});

test('marks of different jobs differ, are exact numbers, and limit nothing', (t) => {
  const marks = Array.from({ length: 1000 }, (_, index) => markOfJob(`job-${index}\0`));
  t.equal(new Set(marks).size, marks.length);
  const century = 100 * 365 * 24 * 3600 * 1e6;
  t.ok(marks.every((mark) => Number.isSafeInteger(mark) && mark > century));
  t.end();
});
