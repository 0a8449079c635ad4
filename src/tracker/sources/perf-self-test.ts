/**
 * Tests whether perf reports processes here: foster starts one, and its fork must come back with the right
 * pids.
 */

import type { PerfRecord } from '../../kernel/perf/records.js';
import { PerfTaskEvents } from '../../kernel/perf/task-events.js';
import { readProcFile } from '../../kernel/proc/proc-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { SelfTest } from './source.js';
import { startTrivialProgram } from './test-child.js';

/**
 * Above this, an ordinary user may not watch even itself (Debian's 3 and 4 are not in the mainline kernel).
 */
const MAX_PARANOID = 2;

/** Takes about a millisecond and leaves nothing behind. */
export function testPerf(): SelfTest {
  let records: PerfTaskEvents;
  try {
    records = PerfTaskEvents.open();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return explain(error);
  }
  try {
    return testFork(records);
  } finally {
    records.close();
  }
}

function testFork(records: PerfTaskEvents): SelfTest {
  const pid = startTrivialProgram();
  const seen: PerfRecord[] = [];
  records.read(Number.MAX_SAFE_INTEGER, (record) => seen.push(record));
  const isOurs = (record: PerfRecord) =>
    record.kind === 'fork' && record.parent === process.pid && record.child === pid;
  if (!seen.some(isOurs)) {
    return {
      works: false,
      reason: 'perf accepted us, but a test fork did not come back',
      remedy: 'use another tracker (ptrace or procfs)',
    };
  }
  return {
    works: true,
    detail: `a test fork came back; ${records.descriptors.length} rings, one for each CPU`,
  };
}

function explain(error: SystemError): SelfTest {
  switch (error.code) {
    case 'ENOSYS':
    case 'ENOENT':
      return {
        works: false,
        reason: `the kernel was built without perf events (${error.message})`,
        remedy: 'a kernel with CONFIG_PERF_EVENTS',
      };
    case 'EACCES':
    case 'EPERM':
      return explainRefusal(error);
    default:
      return { works: false, reason: error.message, remedy: 'use another tracker (ptrace or procfs)' };
  }
}

function explainRefusal(error: SystemError): SelfTest {
  const paranoid = Number(readProcFile('/proc/sys/kernel/perf_event_paranoid')?.toString('latin1') ?? 0);
  if (error.syscall === 'mmap') {
    return {
      works: false,
      reason: `no memory may be locked for the rings (${error.message})`,
      remedy: 'a higher limit memlock (RLIMIT_MEMLOCK) or kernel.perf_event_mlock_kb',
    };
  }
  if (paranoid > MAX_PARANOID) {
    return {
      works: false,
      reason: `kernel.perf_event_paranoid is ${paranoid} (${error.message})`,
      remedy: `CAP_PERFMON, or sysctl kernel.perf_event_paranoid=${MAX_PARANOID}`,
    };
  }
  return {
    works: false,
    reason: `a seccomp filter forbids it, as Docker's does (${error.message})`,
    remedy: 'CAP_PERFMON (docker run --cap-add PERFMON), which the filter takes for a permission',
  };
}
