/**
 * Reports what this thread's descendants do, from perf's task records (perf_event_open(2)). There is one
 * event and one ring per CPU, because children inherit only such events. It needs no privileges if
 * perf_event_paranoid is 2 or less and the seccomp filter permits the call.
 */

import { closeSync } from 'node:fs';

import { EACCES, EINVAL, EPERM } from '../errno.js';
import { lastError, lazily, libc, SYS_PERF_EVENT_OPEN } from '../libc.js';
import { readTextFile } from '../files/read-file.js';
import { SystemError } from '../system-error.js';
import { taskEventAttributes, type Scope } from './attributes.js';
import { parseRecord, type PerfRecord } from './records.js';
import { PerfRing } from './ring.js';

const calls = lazily(() => ({
  perfEventOpen: libc().declare('long', 'syscall', ['long', 'void *', 'int', 'int', 'int', 'unsigned long']),
}));

const THIS_THREAD = 0;
const EVERY_PROCESS = -1;
const NO_GROUP = -1;
const PERF_FLAG_FD_CLOEXEC = 8;

/**
 * Room for 1500 short-lived processes per CPU. With its control page it is what every user may lock
 * (perf_event_mlock_kb, 516 KiB per CPU); smaller if this user's other processes have locked some of it.
 */
const LARGEST_RING = 512 * 1024;
const SMALLEST_RING = 32 * 1024;

interface CpuRing {
  readonly fd: number;
  readonly ring: PerfRing;
}

export class PerfTaskEvents {
  /** records that are too recent to be complete, in order of time */
  #early: PerfRecord[] = [];

  private constructor(private rings: readonly CpuRing[]) {}

  /**
   * @param scope `everyone` needs CAP_PERFMON, or perf_event_paranoid below 1
   * @throws SystemError as `perf_event_open`: EACCES or EPERM if it is forbidden, ENOSYS
   */
  static open(scope: Scope = 'descendants'): PerfTaskEvents {
    const rings: CpuRing[] = [];
    try {
      for (const cpu of onlineCpus()) rings.push(openRing(cpu, scope));
    } catch (error) {
      close(rings);
      throw error;
    }
    return new PerfTaskEvents(rings);
  }

  /** Returns the descriptors, which are readable when there are records. */
  get descriptors(): readonly number[] {
    return this.rings.map(({ fd }) => fd);
  }

  /**
   * Reads the rings of all CPUs, in order of time.
   *
   * The rings are read one after the other. An event in the first ring after its read may have had
   * consequences in the second before its read. So records younger than the start of the read wait for the
   * next one.
   *
   * @param now CLOCK_MONOTONIC, read just before the call
   * @returns the number of records
   */
  read(now: number, take: (record: PerfRecord) => void): number {
    const records = this.#early;
    this.#early = [];
    for (const [cpu, { ring }] of this.rings.entries()) {
      const isWhole = ring.read((view) => {
        const record = parseRecord(view);
        if (record !== undefined) records.push(record);
      });
      if (!isWhole) records.push({ kind: 'lost', time: now, cpu, count: 0 });
    }
    records.sort((a, b) => a.time - b.time);
    const end = records.findIndex(({ time }) => time > now);
    if (end >= 0) this.#early = records.splice(end);
    records.forEach(take);
    return records.length;
  }

  /** Tests whether records wait for the next read although no descriptor will become readable for them. */
  get hasMore(): boolean {
    return this.#early.length > 0;
  }

  close(): void {
    close(this.rings);
    this.rings = [];
    this.#early = [];
  }
}

function openRing(cpu: number, scope: Scope): CpuRing {
  const fd = openEvent(cpu, scope);
  try {
    return { fd, ring: mapLargest(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openEvent(cpu: number, scope: Scope): number {
  const whose = scope === 'descendants' ? THIS_THREAD : EVERY_PROCESS;
  try {
    return openEventWith(whose, cpu, taskEventAttributes(true, scope));
  } catch (error) {
    // EINVAL: before Linux 4.12; EACCES: without CAP_PERFMON namespaces are not reported, but everything else
    // is
    const refused = error instanceof SystemError && (error.errno === EINVAL || error.errno === EACCES);
    if (refused && scope === 'descendants')
      return openEventWith(whose, cpu, taskEventAttributes(false, scope));
    throw error;
  }
}

function openEventWith(whose: number, cpu: number, attributes: Buffer): number {
  const { perfEventOpen } = calls();
  const fd = perfEventOpen(SYS_PERF_EVENT_OPEN, attributes, whose, cpu, NO_GROUP, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) throw lastError('perf_event_open', `watch processes on CPU ${cpu}`);
  return fd;
}

/** Maps the largest ring that we may lock. */
function mapLargest(fd: number, bytes = LARGEST_RING): PerfRing {
  try {
    return PerfRing.map(fd, bytes);
  } catch (error) {
    const tooLarge = error instanceof SystemError && error.errno === EPERM;
    if (!tooLarge || bytes === SMALLEST_RING) throw error;
    return mapLargest(fd, bytes / 2);
  }
}

function close(rings: readonly CpuRing[]): void {
  for (const { fd, ring } of rings) {
    ring.unmap();
    closeSync(fd);
  }
}

/** Parses a list such as `0-3,5`. */
function onlineCpus(): readonly number[] {
  const ranges = readTextFile('/sys/devices/system/cpu/online', { limit: 64 * 1024 })
    .trim()
    .split(',');
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
