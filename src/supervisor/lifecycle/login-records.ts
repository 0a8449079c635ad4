/**
 * Records runlevels in utmp(5) and wtmp(5), as Upstart's telinit and shutdown do, for who(1), last(1) and
 * runlevel(8). If the files do not exist, as on systems with musl, nothing is recorded.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { release, uptime } from 'node:os';
import type { Log } from '../log/log.js';
import type { Runlevels } from '../bridges/runlevel.js';
import { isCodedError } from '../../kernel/errno.js';

export const UTMP = '/var/run/utmp';
const WTMP = '/var/log/wtmp';

const RUN_LVL = 1;
const BOOT_TIME = 2;
export const USER_PROCESS = 7;

/** Offsets in glibc's struct utmp. arm64 has times of 64 bits; x86_64 uses the format of 32-bit programs. */
const HAS_WIDE_TIME = process.arch === 'arm64';
export const RECORD_SIZE = HAS_WIDE_TIME ? 400 : 384;
const AT = { type: 0, pid: 4, line: 8, id: 40, user: 44, host: 76, time: HAS_WIDE_TIME ? 344 : 340 } as const;
const LINE_SIZE = 32;

/** How much of a file is read: enough for more terminals than a machine has. */
const MAX_SIZE = 4096 * RECORD_SIZE;

interface LoginRecord {
  readonly type: number;
  readonly pid: number;
  readonly line: string;
}

interface RecordFiles {
  readonly utmp: string;
  readonly wtmp: string;
}

export class LoginRecords {
  /** @param bootTime milliseconds since 1970 */
  constructor(
    private readonly bootTime: number,
    private readonly files: RecordFiles = { utmp: UTMP, wtmp: WTMP },
  ) {}

  /**
   * Records a change of the runlevel. A `previous` of `N` means none, so this is the boot.
   * @throws the errors of system calls
   */
  recordRunlevel(previous: string, current: string, now = Date.now()): void {
    if (previous === 'N') this.#write(recordOf(BOOT_TIME, 0, 'reboot', this.bootTime));
    // NUL means no previous level
    const before = previous === 'N' ? 0 : previous.charCodeAt(0);
    this.#write(recordOf(RUN_LVL, current.charCodeAt(0) + before * 256, 'runlevel', now));
  }

  /** Records the end of the machine, in wtmp only, since utmp does not outlive it. */
  recordShutdown(now = Date.now()): void {
    append(this.files.wtmp, recordOf(RUN_LVL, 0, 'shutdown', now));
  }

  #write(record: Buffer): void {
    replaceOrAppend(this.files.utmp, record);
    append(this.files.wtmp, record);
  }
}

/** Returns the records of a file; none if it does not exist. */
export function readRecords(path: string): readonly LoginRecord[] {
  const fd = openIfThere(path, constants.O_RDONLY);
  if (fd === undefined) return [];
  try {
    const bytes = readAll(fd);
    return startsOf(bytes).map((at) => ({
      type: bytes.readInt16LE(at + AT.type),
      pid: bytes.readInt32LE(at + AT.pid),
      line: bytes.toString('latin1', at + AT.line, at + AT.line + LINE_SIZE).replace(/\0.*$/s, ''),
    }));
  } finally {
    closeSync(fd);
  }
}

/** Returns the previous and the current runlevel, as runlevel(8) prints them; undefined if the file has none. */
export function runlevelIn(
  path: string,
): { readonly previous: string; readonly current: string } | undefined {
  const record = readRecords(path).findLast(({ type, pid }) => type === RUN_LVL && pid !== 0);
  if (record === undefined) return undefined;
  const previous = record.pid >> 8;
  return {
    previous: previous === 0 ? 'N' : String.fromCharCode(previous),
    current: String.fromCharCode(record.pid & 0xff),
  };
}

function recordOf(type: number, pid: number, user: string, time: number): Buffer {
  const record = Buffer.alloc(RECORD_SIZE);
  record.writeInt16LE(type, AT.type);
  record.writeInt32LE(pid, AT.pid);
  record.write('~', AT.line);
  record.write('~~', AT.id);
  record.write(user, AT.user);
  record.write(release(), AT.host, 255, 'latin1');
  const [seconds, microseconds] = [Math.floor(time / 1000), (time % 1000) * 1000];
  if (HAS_WIDE_TIME) {
    record.writeBigInt64LE(BigInt(seconds), AT.time);
    record.writeBigInt64LE(BigInt(microseconds), AT.time + 8);
  } else {
    // read as unsigned, times of 32 bits last until 2106
    record.writeUInt32LE(seconds >>> 0, AT.time);
    record.writeInt32LE(microseconds, AT.time + 4);
  }
  return record;
}

/** Replaces the record of this type: utmp has one of each. */
function replaceOrAppend(path: string, record: Buffer): void {
  const fd = openIfThere(path, constants.O_RDWR);
  if (fd === undefined) return;
  try {
    const bytes = readAll(fd);
    const type = record.readInt16LE(AT.type);
    const at = startsOf(bytes).find((start) => bytes.readInt16LE(start + AT.type) === type);
    writeSync(fd, record, 0, RECORD_SIZE, at ?? bytes.length - (bytes.length % RECORD_SIZE));
  } finally {
    closeSync(fd);
  }
}

function append(path: string, record: Buffer): void {
  const fd = openIfThere(path, constants.O_WRONLY | constants.O_APPEND);
  if (fd === undefined) return;
  try {
    writeSync(fd, record);
  } finally {
    closeSync(fd);
  }
}

function startsOf(bytes: Buffer): readonly number[] {
  return Array.from({ length: Math.floor(bytes.length / RECORD_SIZE) }, (_, index) => index * RECORD_SIZE);
}

function readAll(fd: number): Buffer {
  const bytes = Buffer.alloc(MAX_SIZE);
  return bytes.subarray(0, readSync(fd, bytes, 0, MAX_SIZE, 0));
}

/** Opens a file, with O_NONBLOCK, since PID 1 must not block on a FIFO. */
function openIfThere(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags | constants.O_NONBLOCK);
  } catch (error) {
    if (isCodedError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Returns a function that records runlevels. A failure is only logged. */
export function recordRunlevels(log: Log): (levels: Runlevels) => void {
  const records = new LoginRecords(Date.now() - uptime() * 1000);
  return ({ previous, current }) => {
    try {
      records.recordRunlevel(previous, current);
    } catch (error) {
      if (!isCodedError(error)) throw error;
      log('info', `The runlevel is not recorded in utmp and wtmp: ${error.message}`);
    }
  };
}
