/** Parses the records about processes in a perf ring (perf_event_open(2), "MMAP layout"). */

import { HOST_IS_LITTLE_ENDIAN } from '../pinned-buffer.js';
import type { NamespaceKind } from '../proc/namespace.js';

/** PERF_RECORD_* */
const LOST = 2;
const COMM = 3;
const EXIT = 4;
const FORK = 7;
const LOST_SAMPLES = 13;
const NAMESPACES = 16;

/** PERF_RECORD_MISC_COMM_EXEC: the name changed because of an exec */
const MISC_COMM_EXEC = 1 << 13;

const HEADER = 8;
/** minimum bytes of each kind of record, without header and trailer */
const LEAST_BODY: Readonly<Record<number, number>> = {
  [FORK]: 16,
  [EXIT]: 16,
  [COMM]: 8,
  [NAMESPACES]: 16,
  [LOST]: 16,
  [LOST_SAMPLES]: 8,
};
const BYTES_OF_A_NAMESPACE = 16;
/** what `sample_id_all` appends: pid, thread id, time, CPU and padding */
const TRAILER = 24;
const TIME_IN_TRAILER = 8;
const CPU_IN_TRAILER = 16;

/** index in a NAMESPACES record (<linux/perf_event.h>) */
const NAMESPACE_KINDS: readonly NamespaceKind[] = ['net', 'uts', 'ipc', 'pid', 'user', 'mnt', 'cgroup'];

interface Origin {
  /** CLOCK_MONOTONIC, nanoseconds */
  readonly time: number;
  readonly cpu: number;
}

export type PerfRecord = Origin &
  (
    | { readonly kind: 'fork'; readonly parent: number; readonly child: number }
    /** `comm` is the name of the file, even if the process has exec'd another one since */
    | { readonly kind: 'exec'; readonly pid: number; readonly comm: string }
    | { readonly kind: 'comm'; readonly pid: number; readonly comm: string }
    /** `parent` is its parent at that time: its creator, or its new parent */
    | { readonly kind: 'exit'; readonly pid: number; readonly parent: number }
    | { readonly kind: 'lost'; readonly count: number }
    | {
        readonly kind: 'namespaces';
        readonly pid: number;
        /** inode numbers, as in /proc/PID/ns */
        readonly inodes: ReadonlyMap<NamespaceKind, number>;
      }
  );

/**
 * @param record one whole record
 * @returns undefined for a mere thread, a process outside our pid namespace, another kind, or a record that
 * is too short
 */
export function parseRecord(record: DataView): PerfRecord | undefined {
  const le = HOST_IS_LITTLE_ENDIAN;
  const trailer = record.byteLength - TRAILER;
  const least = trailer < HEADER ? undefined : LEAST_BODY[record.getUint32(0, le)];
  if (least === undefined || trailer < HEADER + least) return undefined;
  const origin: Origin = {
    time: Number(record.getBigUint64(trailer + TIME_IN_TRAILER, le)),
    cpu: record.getUint32(trailer + CPU_IN_TRAILER, le),
  };
  const first = record.getUint32(HEADER, le);
  switch (record.getUint32(0, le)) {
    case FORK:
      return parseFork(record, origin);
    case EXIT:
      return isWholeProcess(first, record.getUint32(HEADER + 8, le))
        ? { kind: 'exit', ...origin, pid: first, parent: record.getUint32(HEADER + 4, le) }
        : undefined;
    case COMM:
      return parseComm(record, origin);
    case NAMESPACES:
      return parseNamespaces(record, origin);
    case LOST:
      return { kind: 'lost', ...origin, count: Number(record.getBigUint64(HEADER + 8, le)) };
    case LOST_SAMPLES:
      return { kind: 'lost', ...origin, count: Number(record.getBigUint64(HEADER, le)) };
    default:
      return undefined;
  }
}

/** Tests for the leader thread of a process; pid 0 stands for a process of another pid namespace. */
function isWholeProcess(pid: number, thread: number): boolean {
  return pid === thread && pid !== 0;
}

function parseFork(record: DataView, origin: Origin): PerfRecord | undefined {
  const le = HOST_IS_LITTLE_ENDIAN;
  const [child, parent] = [record.getUint32(HEADER, le), record.getUint32(HEADER + 4, le)];
  return isWholeProcess(child, record.getUint32(HEADER + 8, le))
    ? { kind: 'fork', ...origin, parent, child }
    : undefined;
}

function parseComm(record: DataView, origin: Origin): PerfRecord | undefined {
  const le = HOST_IS_LITTLE_ENDIAN;
  const pid = record.getUint32(HEADER, le);
  if (!isWholeProcess(pid, record.getUint32(HEADER + 4, le))) return undefined;
  const text = Buffer.from(
    record.buffer,
    record.byteOffset + HEADER + 8,
    record.byteLength - HEADER - 8 - TRAILER,
  );
  const comm = text.toString('utf8', 0, Math.max(text.indexOf(0), 0));
  const isExec = (record.getUint16(4, le) & MISC_COMM_EXEC) !== 0;
  return { kind: isExec ? 'exec' : 'comm', ...origin, pid, comm };
}

function parseNamespaces(record: DataView, origin: Origin): PerfRecord | undefined {
  const le = HOST_IS_LITTLE_ENDIAN;
  const pid = record.getUint32(HEADER, le);
  if (!isWholeProcess(pid, record.getUint32(HEADER + 4, le))) return undefined;
  const room = Math.floor((record.byteLength - TRAILER - HEADER - 16) / BYTES_OF_A_NAMESPACE);
  const count = Math.min(Number(record.getBigUint64(HEADER + 8, le)), room);
  const inodes = new Map<NamespaceKind, number>();
  for (const [index, kind] of NAMESPACE_KINDS.entries()) {
    // each is a device number and an inode number
    if (index < count)
      inodes.set(kind, Number(record.getBigUint64(HEADER + 16 + index * BYTES_OF_A_NAMESPACE + 8, le)));
  }
  return { kind: 'namespaces', ...origin, pid, inodes };
}
