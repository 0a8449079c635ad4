/** Builds struct perf_event_attr (perf_event_open(2)) for events that report processes and count nothing. */

import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const PERF_TYPE_SOFTWARE = 1;
/** an event that never happens: the records about processes come with it (Linux 3.12) */
const PERF_COUNT_SW_DUMMY = 9;

/** PERF_ATTR_SIZE_VER5 (Linux 4.1), the first with a selectable clock; later kernels accept it. */
const SIZE = 112;

const SAMPLE_TID = 1n << 1n;
const SAMPLE_TIME = 1n << 2n;
const SAMPLE_CPU = 1n << 7n;

/** Bits of the flag word, in the order of the structure. */
const INHERIT = 1n << 1n;
const EXCLUDE_KERNEL = 1n << 5n;
const EXCLUDE_HV = 1n << 6n;
const COMM = 1n << 9n;
const TASK = 1n << 13n;
const WATERMARK = 1n << 14n;
const SAMPLE_ID_ALL = 1n << 18n;
const COMM_EXEC = 1n << 24n;
const USE_CLOCKID = 1n << 25n;
const NAMESPACES = 1n << 28n;

/** the clock of the proc connector, and of `Kernel.now` */
const CLOCK_MONOTONIC = 1;

/**
 * Whose events: all kinds for this thread's descendants; or, for everyone, only forks, exits and namespaces.
 */
export type Scope = 'descendants' | 'everyone';

/**
 * Returns attributes with which every record ends in pid, thread id, time and CPU, and wakes the reader.
 * @param namespaces false for a kernel before 4.12, which refuses this option
 */
export function taskEventAttributes(namespaces: boolean, scope: Scope): Buffer {
  const attributes = allocatePinned(SIZE);
  const view = viewOf(attributes);
  const le = HOST_IS_LITTLE_ENDIAN;
  view.setUint32(0, PERF_TYPE_SOFTWARE, le);
  view.setUint32(4, SIZE, le);
  view.setBigUint64(8, BigInt(PERF_COUNT_SW_DUMMY), le);
  view.setBigUint64(24, SAMPLE_TID | SAMPLE_TIME | SAMPLE_CPU, le);
  view.setBigUint64(
    40,
    (scope === 'descendants' ? INHERIT | COMM | COMM_EXEC : 0n) |
      // an ordinary user may only watch what happens in user mode (perf_event_paranoid 2)
      EXCLUDE_KERNEL |
      EXCLUDE_HV |
      TASK |
      WATERMARK |
      SAMPLE_ID_ALL |
      USE_CLOCKID |
      (namespaces ? NAMESPACES : 0n),
    le,
  );
  view.setUint32(48, 1, le);
  view.setInt32(92, CLOCK_MONOTONIC, le);
  return attributes;
}
