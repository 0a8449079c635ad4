/**
 * The index of a log file: when which bytes were written, and when runs of the job started and ended. The log itself
 * contains only the job's bytes. Indexes have a directory of their own, with the paths of the logs below it, so that
 * people and scripts find nothing but logs in the log directory.
 *
 *      header    "fosterlx", inode of the log file (8)
 *      records   of 16 bytes: time (6), kind (1), value (3), offset in the log file (6); little-endian, in ascending order
 */
import { join } from 'node:path';

export const RECORD_SIZE = 16;
const MAGIC = Buffer.from('fosterlx', 'latin1');

/** The start or end of a run of the job. */
export type RunEvent =
  | { readonly kind: 'started'; readonly pid: number }
  /** a wait status; undefined if it is unknown, since foster was not running */
  | { readonly kind: 'ended'; readonly status: number | undefined };

export type IndexEntry = {
  /** milliseconds since 1970 */
  readonly time: number;
  /** offset of the first byte that it applies to */
  readonly offset: number;
} & ({ readonly kind: 'bytes' } | RunEvent);

const KINDS = ['bytes', 'started', 'ended'] as const;

/** Stands for an unknown status: wait statuses have 16 bits. */
const UNKNOWN = 0xffffff;

/** @param directory directory of the indexes @param log absolute path of the log file */
export function indexPath(directory: string, log: string): string {
  return join(directory, `${log}.index`);
}

export function encodeHeader(inode: bigint): Buffer {
  const header = Buffer.alloc(RECORD_SIZE);
  MAGIC.copy(header);
  header.writeBigUInt64LE(inode, MAGIC.length);
  return header;
}

/** Returns the inode of the log file that an index belongs to; undefined if this is not an index. */
export function decodeHeader(header: Buffer): bigint | undefined {
  if (header.length < RECORD_SIZE || !header.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  return header.readBigUInt64LE(MAGIC.length);
}

/** Writes a record into a buffer. */
export function encodeEntry(entry: IndexEntry, into: Buffer, at: number): void {
  into.writeUIntLE(entry.time, at, 6);
  into[at + 6] = KINDS.indexOf(entry.kind);
  into.writeUIntLE(valueOf(entry), at + 7, 3);
  into.writeUIntLE(entry.offset, at + 10, 6);
}

function valueOf(entry: IndexEntry): number {
  switch (entry.kind) {
    case 'bytes':
      return 0;
    case 'started':
      return entry.pid;
    case 'ended':
      return entry.status ?? UNKNOWN;
  }
}

/** Reads a record; undefined for a kind that only a later version knows. */
export function decodeEntry(from: Buffer, at: number): IndexEntry | undefined {
  const kind = KINDS[from[at + 6]!];
  const time = from.readUIntLE(at, 6);
  const value = from.readUIntLE(at + 7, 3);
  const offset = from.readUIntLE(at + 10, 6);
  switch (kind) {
    case 'bytes':
      return { time, offset, kind };
    case 'started':
      return { time, offset, kind, pid: value };
    case 'ended':
      return { time, offset, kind, status: value === UNKNOWN ? undefined : value };
    case undefined:
    default:
      return undefined;
  }
}
