import { test } from 'tap';

import { Marker, Marks } from '../../../src/tracker/scan/mark.js';
import { adoptOrphans, endOrphans } from '../../helpers/processes.js';
import { kernel, shell } from '../../kernel/support.js';

const marks = new Marks();

test('what is spawned bears the mark of its job, and so does what it leaves behind in every other way changed', (t) => {
  const marker = new Marker(kernel);
  const before = kernel.proc.realtimeLimit(process.pid);
  // setsid(1) forks where it leads its process group: what it leaves behind has to be ended, too
  adoptOrphans();
  t.teardown(endOrphans);
  const pid = marker.spawn(marks.ofJob('job\0'), () => shell('exec env -i setsid sleep 1000'));
  t.equal(kernel.proc.realtimeLimit(pid), before ?? marks.ofJob('job\0'));
  t.equal(kernel.proc.realtimeLimit(process.pid), before, 'and the supervisor does not');
  t.end();
});

test('nothing is marked after a spawn that failed', (t) => {
  const before = kernel.proc.realtimeLimit(process.pid);
  t.throws(
    () =>
      new Marker(kernel).spawn(marks.ofJob('job\0'), () => {
        throw new Error('no such program');
      }),
    'no such program',
  );
  t.equal(kernel.proc.realtimeLimit(process.pid), before);
  t.end();
});

test('marks of different jobs differ, are exact numbers, and limit nothing', (t) => {
  const all = Array.from({ length: 1000 }, (_, index) => marks.ofJob(`job-${index}\0`));
  t.equal(new Set(all).size, all.length);
  const century = 100 * 365 * 24 * 3600 * 1e6;
  t.ok(all.every((mark) => Number.isSafeInteger(mark) && mark > century));
  t.end();
});

test('nobody can know a mark in advance, nor take that of a hook for that of its job', (t) => {
  const [mine, theirs] = [new Marks('a secret'), new Marks('another one')];
  t.not(mine.ofJob('job\0'), theirs.ofJob('job\0'));
  t.equal(mine.ofJob('job\0'), new Marks('a secret').ofJob('job\0'), 'the next supervisor knows it');
  t.not(mine.ofHook('job\0', 'pre-start'), mine.ofJob('job\0'));
  t.end();
});
