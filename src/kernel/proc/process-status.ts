/** The fields of /proc/PID/status that foster uses (proc_pid_status(5)). */

import { constants } from 'node:os';
import { readProcFile, readProcRecord } from './proc-file.js';
import type { ProcessStat } from '../kernel.js';

interface ProcessStatus {
  readonly uid: { readonly real: number; readonly effective: number };
  readonly gid: { readonly real: number; readonly effective: number };
  readonly threads: number;
  /** the process's ids in its pid namespaces, outermost first */
  readonly namespacePids: readonly number[];
  /** signals by number */
  readonly blockedSignals: ReadonlySet<number>;
  readonly ignoredSignals: ReadonlySet<number>;
  readonly caughtSignals: ReadonlySet<number>;
  /** pid of the tracer, 0 for none */
  readonly tracer: number;
  /** capability sets as bit masks */
  readonly effectiveCapabilities: bigint;
  readonly boundingCapabilities: bigint;
  /** its seccomp(2) mode; undefined if the kernel was built without it */
  readonly seccomp: SeccompMode | undefined;
  /** no program that it executes gains rights (PR_SET_NO_NEW_PRIVS): setuid programs do not work */
  readonly noNewPrivileges: boolean;
}

const SECCOMP_MODES = ['none', 'strict', 'filter'] as const;
export type SeccompMode = (typeof SECCOMP_MODES)[number];

/** Parses a mask as the kernel prints it, in hexadecimal; 0 for anything else. */
function maskIn(text: string | undefined): bigint {
  return text !== undefined && /^[0-9a-f]+$/.test(text) ? BigInt(`0x${text}`) : 0n;
}

/** Decodes a mask of signals, in which signal 1 is the lowest bit. */
function signalSet(mask: bigint): ReadonlySet<number> {
  const signals = new Set<number>();
  for (let signal = 1; signal <= 64; signal++) {
    if ((mask >> BigInt(signal - 1)) & 1n) signals.add(signal);
  }
  return signals;
}

/** @returns undefined if the process is gone */
export function readProcessStatus(pid: number | 'self'): ProcessStatus | undefined {
  const file = readProcFile(`/proc/${pid}/status`);
  return file === undefined ? undefined : parseProcessStatus(file.toString('utf8'));
}

/**
 * Returns the pid of the process's tracer; 0 if there is none, or the process is unknown. Cheap enough for
 * all processes.
 */
export function tracerOf(pid: number): number {
  const text = readProcFile(`/proc/${pid}/status`)?.toString('latin1') ?? '';
  return Number(/^TracerPid:\t(\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Returns the real, effective, saved and file system uid of a process; undefined if it is gone. */
export function readUids(pid: number): readonly number[] | undefined {
  const text = readProcFile(`/proc/${pid}/status`)?.toString('latin1');
  return /^Uid:\t([\d\t]+)$/m
    .exec(text ?? '')?.[1]
    ?.split('\t')
    .map(Number);
}

/**
 * Tests whether a pending signal will end the process before it runs its program again: KILL, or one that it
 * neither blocks, ignores nor catches and whose default is to end it.
 */
export function isAboutToBeKilled(pid: number): boolean {
  const text = readProcFile(`/proc/${pid}/status`)?.toString('latin1');
  if (text === undefined) return false;
  const maskOf = (name: string): bigint =>
    maskIn(new RegExp(`^${name}:\\t([0-9a-f]+)$`, 'm').exec(text)?.[1]);
  const pending = maskOf('SigPnd') | maskOf('ShdPnd');
  if (pending === 0n) return false;
  const kept = maskOf('SigBlk') | maskOf('SigIgn') | maskOf('SigCgt') | HARMLESS;
  return (pending & KILL) !== 0n || (pending & ~kept) !== 0n;
}

/** Returns a signal's bit in such a mask. */
function bitOf(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

const KILL = bitOf(constants.signals.SIGKILL);

/** Signals that do not end a process by default (signal(7)). */
const HARMLESS = (
  ['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH'] as const
).reduce((mask, name) => mask | bitOf(constants.signals[name]), 0n);

export function parseProcessStatus(text: string): ProcessStatus {
  const fields = new Map(text.split('\n').map((line): [string, string] => splitField(line)));
  const numbers = (name: string): number[] =>
    (fields.get(name) ?? '').split(/\s+/).filter(Boolean).map(Number);
  const identity = (name: string) => {
    const [real = 0, effective = 0] = numbers(name);
    return { real, effective };
  };
  const mask = (name: string): bigint => maskIn(fields.get(name));
  return {
    uid: identity('Uid'),
    gid: identity('Gid'),
    threads: numbers('Threads')[0] ?? 0,
    namespacePids: numbers('NSpid'),
    blockedSignals: signalSet(mask('SigBlk')),
    ignoredSignals: signalSet(mask('SigIgn')),
    caughtSignals: signalSet(mask('SigCgt')),
    tracer: numbers('TracerPid')[0] ?? 0,
    effectiveCapabilities: mask('CapEff'),
    boundingCapabilities: mask('CapBnd'),
    seccomp: SECCOMP_MODES[numbers('Seccomp')[0] ?? -1],
    noNewPrivileges: numbers('NoNewPrivs')[0] === 1,
  };
}

function splitField(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()];
}

interface ProcessIdentityFacts {
  readonly comm: string;
  /** effective */
  readonly uid: number;
  readonly gid: number;
}

/** Returns undefined if the process is gone. */
export function readIdentity(pid: number): ProcessIdentityFacts | undefined {
  const file = readProcRecord(`/proc/${pid}/status`);
  return file === undefined ? undefined : parseIdentity(file.toString('utf8'));
}

/** Parses name, user and group; the second number of `Uid:` and `Gid:` is the effective one. */
export function parseIdentity(text: string): ProcessIdentityFacts | undefined {
  const match = /^Name:\t(.*)\n[^]*?^Uid:\t\d+\t(\d+)[^]*?^Gid:\t\d+\t(\d+)/m.exec(text);
  if (match === null) return undefined;
  const [, comm = '', uid, gid] = match;
  // the kernel writes a line break and a backslash in comm as `\n` and `\\`
  const name = comm.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
  return { comm: name, uid: Number(uid), gid: Number(gid) };
}

/**
 * Tests whether a process is alive, from its /proc/PID/stat. A zombie with more than one thread is alive: its
 * first thread has exited, the others go on (proc_pid_stat(5), num_threads).
 */
export function isLiving({ state, threads }: Pick<ProcessStat, 'state' | 'threads'>): boolean {
  if (state === 'X' || state === 'x') return false;
  return state !== 'Z' || threads > 1;
}
