/** Reads processes from /proc: proc_pid_stat(5), proc_pid_status(5) and related files. */

import { ENOSYS, EPERM, ESRCH } from '../errno.js';
import { everyPid } from './every-process.js';
import type { Occupation, ProcessStat, ProcReader } from '../kernel.js';
import { occupationOf } from './occupation.js';
import { isLiving, isAboutToBeKilled } from './process-status.js';
import { listProc, readProcFile, readProcLink, readProcRecord } from './proc-file.js';
import { lastError, lazily, libc } from '../libc.js';

const SPACE = 0x20;
const CLOSING_PARENTHESIS = 0x29;
const LINE_FEED = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Field numbers of proc_pid_stat(5), counted from 1 */
const PARENT = 4;
const GROUP = 5;
const SESSION = 6;
const TERMINAL = 7;
const FLAGS = 9;
const THREADS = 20;
const START_TIME = 22;
const STACK_START = 28;
const EXIT_CODE = 52;

/** In FLAGS, the kernel's PF_EXITING (include/linux/sched.h). */
const EXITING = 4;

/** In FLAGS, the kernel's PF_FORKNOEXEC. */
const FORKED_NO_EXEC = 0x40;

/**
 * Parses /proc/PID/stat in place. `comm` may contain spaces, parentheses and line breaks: it ends at the last
 * `)`.
 * @returns undefined for anything else
 */
export function parseStat(file: Buffer): ProcessStat | undefined {
  const commEnd = file.lastIndexOf(CLOSING_PARENTHESIS);
  const commStart = file.indexOf('(');
  if (commStart < 0 || commEnd < commStart) return undefined;
  const stat = {
    parent: 0,
    group: 0,
    session: 0,
    terminal: 0,
    exiting: false,
    isForkOnly: false,
    threads: 0,
    startTime: 0,
    stackStart: 0,
    exitCode: 0,
  };
  let field = PARENT;
  let value = 0;
  let negative = false;
  // after the name: a space, the state, a space, field 4
  for (let i = commEnd + 4; i < file.length && field <= EXIT_CODE; i++) {
    const byte = file[i]!;
    if (byte === MINUS) {
      negative = true;
    } else if (byte !== SPACE && byte !== LINE_FEED) {
      value = value * 10 + byte - ZERO;
    } else {
      assign(stat, field++, negative ? -value : value);
      value = 0;
      negative = false;
    }
  }
  if (field <= START_TIME) return undefined;
  return {
    pid: Number(file.toString('latin1', 0, commStart - 1)),
    comm: file.toString('utf8', commStart + 1, commEnd),
    state: String.fromCharCode(file[commEnd + 2]!),
    ...stat,
  };
}

interface NumericFields {
  parent: number;
  group: number;
  session: number;
  terminal: number;
  exiting: boolean;
  isForkOnly: boolean;
  threads: number;
  startTime: number;
  stackStart: number;
  exitCode: number;
}

function assignFlags(stat: NumericFields, flags: number): void {
  stat.exiting = (flags & EXITING) !== 0;
  stat.isForkOnly = (flags & FORKED_NO_EXEC) !== 0;
}

function assign(stat: NumericFields, field: number, value: number): void {
  if (field === PARENT) stat.parent = value;
  else if (field === GROUP) stat.group = value;
  else if (field === SESSION) stat.session = value;
  else if (field === TERMINAL) stat.terminal = value;
  else if (field === FLAGS) assignFlags(stat, value);
  else if (field === THREADS) stat.threads = value;
  else if (field === START_TIME) stat.startTime = value;
  else if (field === STACK_START) stat.stackStart = value;
  else if (field === EXIT_CODE) stat.exitCode = value;
}

function splitAtNul(file: Buffer): readonly string[] {
  const text = file.toString('utf8');
  return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
}

/** The kernel's mark on the program of a file that was replaced or removed (an upgraded package). */
const DELETED = ' (deleted)';

/**
 * Maximum length of arguments or environment. execve(2) accepts 6 MiB of both together, but a process may
 * declare any part of its memory its arguments, a terabyte of zeros for instance (PR_SET_MM_MAP of prctl(2)).
 */
const LONGEST_TEXT = 8 * 1024 * 1024;

const IS_PID = /^[1-9][0-9]*$/;

/** Returns the names that are pids; none if the directory is gone, or may not be read. */
function pidsAmong(names: ReturnType<typeof listProc>): readonly number[] {
  return names === undefined || names === 'refused'
    ? []
    : names.filter((name) => IS_PID.test(name)).map(Number);
}

/** Nanoseconds: /proc/uptime has hundredths of a second; a smaller difference is rounding. */
const ROUNDING = 2e7;
/** More than one read is needed only on a machine that has been suspended, or is very busy. */
const READINGS = 3;

function uptime(): number {
  return Number.parseFloat(readProcFile('/proc/uptime')?.toString('latin1') ?? '0') * 1e9;
}

export class ProcFilesystem implements ProcReader {
  stat(pid: number): ProcessStat | undefined {
    const file = readProcRecord(`/proc/${pid}/stat`);
    return file === undefined ? undefined : parseStat(file);
  }

  session(pid: number): number | undefined {
    const session = sessionOf(pid);
    return session === 'refused' ? this.stat(pid)?.session : session;
  }

  isAlive(pid: number, startTime?: number): boolean {
    const stat = this.stat(pid);
    if (stat === undefined || !isLiving(stat)) return false;
    return startTime === undefined || stat.startTime === startTime;
  }

  /** Returns undefined also for kernel threads and zombies, which have none. */
  arguments(pid: number): readonly string[] | undefined {
    const file = readProcFile(`/proc/${pid}/cmdline`, LONGEST_TEXT);
    return file === undefined || file.length === 0 ? undefined : splitAtNul(file);
  }

  /** Returns the program's path at its start, even if the file has been replaced since. */
  executable(pid: number): string | undefined {
    const path = readProcLink(`/proc/${pid}/exe`);
    return path?.endsWith(DELETED) === true ? path.slice(0, -DELETED.length) : path;
  }

  environment(pid: number): ReadonlyMap<string, string> | undefined {
    const file = readProcFile(`/proc/${pid}/environ`, LONGEST_TEXT);
    if (file === undefined) return undefined;
    // a zombie's is readable and empty, too
    if (file.length === 0) return this.isAlive(pid) ? new Map() : undefined;
    return new Map(
      splitAtNul(file).map((entry): [string, string] => {
        const equals = entry.indexOf('=');
        return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
      }),
    );
  }

  suspended(): number {
    let difference = Infinity;
    // on a busy machine other programs may run between the two clocks: the smallest difference is the most
    // precise
    for (let left = READINGS; left > 0 && difference >= ROUNDING; left--) {
      difference = Math.min(difference, uptime() - Number(process.hrtime.bigint()));
    }
    return difference < ROUNDING ? 0 : difference;
  }

  children(pid: number): readonly number[] {
    return this.#childrenOfThreads(pid, pidsAmong(listProc(`/proc/${pid}/task`)));
  }

  mainThreadChildren(pid: number): readonly number[] {
    return this.#childrenOfThreads(pid, [pid]);
  }

  #childrenOfThreads(pid: number, threads: readonly number[]): readonly number[] {
    const lists = threads.map((thread) =>
      readProcFile(`/proc/${pid}/task/${thread}/children`)?.toString('latin1'),
    );
    // without CONFIG_PROC_CHILDREN there is no such file, although the process exists
    if (lists.every((list) => list === undefined)) {
      return threads.length === 0
        ? []
        : this.pids().filter((candidate) => this.stat(candidate)?.parent === pid);
    }
    return lists.flatMap(
      (list) =>
        list
          ?.split(' ')
          .filter((text) => text !== '')
          .map(Number) ?? [],
    );
  }

  realtimeLimit(pid: number): number | undefined {
    const file = readProcFile(`/proc/${pid}/limits`)?.toString('latin1');
    const soft = /^Max realtime timeout +([0-9]+)/m.exec(file ?? '')?.[1];
    return soft === undefined ? undefined : Number(soft);
  }

  occupation(pid: number, other: number): Occupation | undefined {
    return occupationOf(pid, other);
  }

  isAboutToBeKilled(pid: number): boolean {
    return isAboutToBeKilled(pid);
  }

  uids(pid: number): readonly number[] | undefined {
    const file = readProcRecord(`/proc/${pid}/status`)?.toString('latin1');
    return /^Uid:\t(\d+)\t(\d+)\t(\d+)\t(\d+)$/m
      .exec(file ?? '')
      ?.slice(1)
      .map(Number);
  }

  pids(): readonly number[] {
    return pidsAmong(listProc('/proc'));
  }

  eachPid(): Iterable<number> {
    return everyPid();
  }
}

const calls = lazily(() => ({ getsid: libc().declare('int', 'getsid', ['int']) }));

/**
 * Calls getsid(2), for callers with thousands of processes: a tenth of the time of /proc/PID/stat.
 * @returns undefined if there is no such process; `refused` if a security module or a seccomp filter forbids
 * it
 * @throws SystemError for any other failure
 */
export function sessionOf(pid: number): number | undefined | 'refused' {
  const session = calls().getsid(pid);
  if (session >= 0) return session;
  const errno = libc().koffi.errno();
  if (errno === ESRCH) return undefined;
  if (errno === EPERM || errno === ENOSYS) return 'refused';
  throw lastError('getsid', `ask for the session of process ${pid}`);
}
