/**
 * Decodes messages of the proc connector: a netlink header, a connector header (<linux/connector.h>) and a
 * `proc_event` (<linux/cn_proc.h>), all in host order. Pure: bytes to records, in place.
 */

import { HOST_IS_LITTLE_ENDIAN } from '../pinned-buffer.js';

/** enum what of <linux/cn_proc.h>; a set of them is a bit mask */
export const CONNECTOR_EVENTS = {
  acknowledgement: 0,
  fork: 0x1,
  exec: 0x2,
  uid: 0x4,
  gid: 0x40,
  sid: 0x80,
  ptrace: 0x100,
  comm: 0x200,
  coredump: 0x4000_0000,
  exit: 0x8000_0000,
} as const;

export type ConnectorEventKind = Exclude<keyof typeof CONNECTOR_EVENTS, 'acknowledgement'>;

export const ALL_CONNECTOR_EVENTS: readonly ConnectorEventKind[] = [
  'fork',
  'exec',
  'uid',
  'gid',
  'sid',
  'ptrace',
  'comm',
  'coredump',
  'exit',
];

/** Offsets in a message: struct nlmsghdr has 16 bytes, struct cn_msg 20. */
const NLMSG_LENGTH = 0;
const NLMSG_TYPE = 4;
const CN_INDEX = 16;
const CN_VALUE = 20;
const CN_SEQUENCE = 24;
const CN_ACK = 28;
const CN_LENGTH = 32;
export const WHAT = 36;
const CPU = 40;
const TIMESTAMP = 44;
/**
 * the union; its first two words are a thread and its process for every kind except fork and acknowledgement
 */
export const EVENT_DATA = 52;

export const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const COMM_SIZE = 16;

/** An event's position in the kernel's order. */
interface Origin {
  readonly cpu: number;
  /** counted per CPU by the kernel, including events dropped by a filter */
  readonly sequence: number;
  /** CLOCK_MONOTONIC in nanoseconds */
  readonly time: number;
}

/** `pid` is the process (the kernel's tgid), `tid` the thread (the kernel's pid). */
interface Subject extends Origin {
  readonly pid: number;
  readonly tid: number;
}

export interface ForkRecord extends Origin {
  readonly kind: 'fork';
  readonly parent: number;
  readonly parentTid: number;
  readonly child: number;
  /** different from `child` for a new thread */
  readonly childTid: number;
}
interface ExecRecord extends Subject {
  readonly kind: 'exec';
}
interface IdentityRecord extends Subject {
  readonly kind: 'uid' | 'gid';
  readonly real: number;
  readonly effective: number;
}
interface SidRecord extends Subject {
  readonly kind: 'sid';
}
interface PtraceRecord extends Subject {
  readonly kind: 'ptrace';
  /** 0 on detach */
  readonly tracer: number;
}
interface CommRecord extends Subject {
  readonly kind: 'comm';
  readonly comm: string;
}
interface CoredumpRecord extends Subject {
  readonly kind: 'coredump';
}
interface ExitRecord extends Subject {
  readonly kind: 'exit';
  /** as wait(2) reports it */
  readonly status: number;
  /** after reparenting */
  readonly parent: number;
}
export interface AcknowledgementRecord extends Origin {
  readonly kind: 'acknowledgement';
  /** errno, 0 for success */
  readonly error: number;
  /** the request's number plus one */
  readonly ack: number;
}

export type ConnectorRecord =
  | ForkRecord
  | ExecRecord
  | IdentityRecord
  | SidRecord
  | PtraceRecord
  | CommRecord
  | CoredumpRecord
  | ExitRecord
  | AcknowledgementRecord;

/** Length of a message up to the end of its kind's part of the union. */
const LENGTH_BY_WHAT: ReadonlyMap<number, number> = new Map([
  [CONNECTOR_EVENTS.acknowledgement, EVENT_DATA + 4],
  [CONNECTOR_EVENTS.fork, EVENT_DATA + 16],
  [CONNECTOR_EVENTS.exec, EVENT_DATA + 8],
  [CONNECTOR_EVENTS.uid, EVENT_DATA + 16],
  [CONNECTOR_EVENTS.gid, EVENT_DATA + 16],
  [CONNECTOR_EVENTS.sid, EVENT_DATA + 8],
  [CONNECTOR_EVENTS.ptrace, EVENT_DATA + 16],
  [CONNECTOR_EVENTS.comm, EVENT_DATA + 8 + COMM_SIZE],
  [CONNECTOR_EVENTS.coredump, EVENT_DATA + 8],
  [CONNECTOR_EVENTS.exit, EVENT_DATA + 24],
]);

/** Why a message is no record: too few bytes for its kind, or an unknown kind (or sender). */
type Undecodable = 'short' | 'unknown';

function u32(view: DataView, at: number): number {
  return view.getUint32(at, HOST_IS_LITTLE_ENDIAN);
}

/** Reads a 64-bit number as a double, which is exact for the first 104 days of uptime, and to 2 ns after that. */
function u64(view: DataView, at: number): number {
  const [low, high] = HOST_IS_LITTLE_ENDIAN ? [at, at + 4] : [at + 4, at];
  return u32(view, high) * 2 ** 32 + u32(view, low);
}

/** Reads char comm[16], terminated by NUL unless it fills the field */
function commAt(view: DataView, at: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, COMM_SIZE);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? COMM_SIZE : end);
}

/**
 * Decodes a message. Never throws: the caller counts what cannot be decoded.
 * @param view memory with the message at `offset`
 * @param length bytes received
 */
export function decodeMessage(view: DataView, offset: number, length: number): ConnectorRecord | Undecodable {
  if (length < EVENT_DATA || u32(view, offset + NLMSG_LENGTH) > length) return 'short';
  if (u32(view, offset + CN_INDEX) !== CN_IDX_PROC || u32(view, offset + CN_VALUE) !== CN_VAL_PROC)
    return 'unknown';
  const what = u32(view, offset + WHAT);
  const needed = LENGTH_BY_WHAT.get(what);
  if (needed === undefined) return 'unknown';
  if (length < needed) return 'short';
  return decodeEvent(view, offset, what);
}

function decodeEvent(view: DataView, offset: number, what: number): ConnectorRecord | Undecodable {
  const cpu = u32(view, offset + CPU);
  const sequence = u32(view, offset + CN_SEQUENCE);
  const time = u64(view, offset + TIMESTAMP);
  const at = offset + EVENT_DATA;
  const [first, second] = [u32(view, at), u32(view, at + 4)];
  const third = (): number => u32(view, at + 8);
  const fourth = (): number => u32(view, at + 12);
  switch (what) {
    case CONNECTOR_EVENTS.fork:
      return {
        kind: 'fork',
        cpu,
        sequence,
        time,
        parentTid: first,
        parent: second,
        childTid: third(),
        child: fourth(),
      };
    case CONNECTOR_EVENTS.exec:
      return { kind: 'exec', cpu, sequence, time, tid: first, pid: second };
    case CONNECTOR_EVENTS.uid:
    case CONNECTOR_EVENTS.gid:
      return {
        kind: what === CONNECTOR_EVENTS.uid ? 'uid' : 'gid',
        cpu,
        sequence,
        time,
        tid: first,
        pid: second,
        real: third(),
        effective: fourth(),
      };
    case CONNECTOR_EVENTS.sid:
      return { kind: 'sid', cpu, sequence, time, tid: first, pid: second };
    case CONNECTOR_EVENTS.ptrace:
      return { kind: 'ptrace', cpu, sequence, time, tid: first, pid: second, tracer: fourth() };
    case CONNECTOR_EVENTS.comm:
      return { kind: 'comm', cpu, sequence, time, tid: first, pid: second, comm: commAt(view, at + 8) };
    case CONNECTOR_EVENTS.coredump:
      return { kind: 'coredump', cpu, sequence, time, tid: first, pid: second };
    case CONNECTOR_EVENTS.exit:
      return {
        kind: 'exit',
        cpu,
        sequence,
        time,
        tid: first,
        pid: second,
        status: third(),
        parent: u32(view, at + 20),
      };
    case CONNECTOR_EVENTS.acknowledgement:
      return { kind: 'acknowledgement', cpu, sequence, time, error: first, ack: u32(view, offset + CN_ACK) };
    default:
      return 'unknown';
  }
}

/** enum proc_cn_mcast_op of <linux/cn_proc.h> */
export const PROC_CN_MCAST_LISTEN = 1;
export const PROC_CN_MCAST_IGNORE = 2;

const NLMSG_DONE = 3;

/**
 * Encodes a request to the connector.
 * @param ack returned plus one in the acknowledgement
 * @param kinds asks the kernel to send only these (struct proc_input, Linux 6.6; ignored by older kernels)
 */
export function encodeRequest(
  operation: typeof PROC_CN_MCAST_LISTEN | typeof PROC_CN_MCAST_IGNORE,
  ack: number,
  kinds?: readonly ConnectorEventKind[],
): Buffer {
  const payload = kinds === undefined ? 4 : 8;
  const message = Buffer.alloc(WHAT + payload);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  view.setUint32(NLMSG_LENGTH, message.length, HOST_IS_LITTLE_ENDIAN);
  view.setUint16(NLMSG_TYPE, NLMSG_DONE, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(CN_INDEX, CN_IDX_PROC, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(CN_VALUE, CN_VAL_PROC, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(CN_ACK, ack, HOST_IS_LITTLE_ENDIAN);
  view.setUint16(CN_LENGTH, payload, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(WHAT, operation, HOST_IS_LITTLE_ENDIAN);
  if (kinds !== undefined) view.setUint32(WHAT + 4, eventMask(kinds), HOST_IS_LITTLE_ENDIAN);
  return message;
}

function eventMask(kinds: readonly ConnectorEventKind[]): number {
  return kinds.reduce((mask, kind) => mask | CONNECTOR_EVENTS[kind], 0) >>> 0;
}
