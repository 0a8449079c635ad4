import { existsSync } from 'node:fs';
import { test } from 'tap';

import { TracerPrograms } from '../../../src/tracker/sources/untraceable.js';
import { adoptOrphans, endOrphans } from '../../helpers/processes.js';
import { kernel, result, start } from '../../kernel/support.js';

const STRACE = '/usr/bin/strace';

test(
  'a program that imports ptrace is a tracer',
  { skip: existsSync(STRACE) ? false : `needs ${STRACE}` },
  async (t) => {
    // the tracee outlives a strace that is killed
    adoptOrphans();
    t.teardown(endOrphans);
    const pid = start(STRACE, ['strace', '-o', '/dev/null', '/bin/sleep', '1000']);
    t.ok(new TracerPrograms().includes(pid));
    kernel.processes.kill(pid, 9);
    await result(pid);
  },
);

test('any other is none, and neither is a process that is gone', async (t) => {
  const tracers = new TracerPrograms();
  const pid = start('/bin/sleep', ['sleep', '1000']);
  t.notOk(tracers.includes(pid));
  kernel.processes.kill(pid, 9);
  await result(pid);
  t.notOk(tracers.includes(pid));
});
