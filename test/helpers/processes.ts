/** Processes as /proc shows them, and an end for those that a test leaves behind. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.js';
import { reapNow } from '../../src/kernel/process/wait.js';
import { knownChildren } from './child.js';
import { until } from './until.js';

const kernel = createKernel();

export interface ProcessLine {
  readonly pid: number;
  readonly command: string;
  /** one letter of proc(5): Z and X are dead */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
}

/** @returns undefined when there is no such process */
export function processLine(pid: number): ProcessLine | undefined {
  const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // the name may hold blanks and parentheses: the last one ends it (proc(5))
  const close = stat.lastIndexOf(')');
  const [state = '', parent, , session] = stat.slice(close + 2).split(' ');
  const command = stat.slice(stat.indexOf('(') + 1, close);
  return { pid, command, state, parent: Number(parent), session: Number(session) };
}

export function isAlive(pid: number): boolean {
  const line = processLine(pid);
  return line !== undefined && line.state !== 'Z' && line.state !== 'X';
}

export function allProcesses(): readonly ProcessLine[] {
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  return pids.flatMap((pid) => processLine(Number(pid)) ?? []);
}

/** For instance `net:[4026531840]`; undefined when the process is gone. */
export function namespaceOf(pid: number | 'self', kind: 'net' | 'mnt' | 'pid'): string | undefined {
  return orUndefined(() => readlinkSync(`/proc/${pid}/ns/${kind}`));
}

export function commandLine(pid: number): string {
  return (
    orUndefined(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      ?.replaceAll('\0', ' ')
      .trimEnd() ?? ''
  );
}

/** From now on, orphans of this process's descendants become its children, so that `endOrphans` finds them. */
export function adoptOrphans(): void {
  kernel.processes.becomeSubreaper();
}

/** Kills the children of this process that Node does not know of, and theirs, until none is left. */
export async function endOrphans(): Promise<void> {
  const known = knownChildren();
  await until('the end of orphans', () => {
    const orphans = allProcesses().filter(({ parent, pid }) => parent === process.pid && !known.has(pid));
    for (const { pid, state } of orphans) {
      if (state === 'Z') reapNow(pid);
      else killIfThere(pid, 'SIGKILL');
    }
    return orphans.length === 0;
  });
}

/** kill(2), for a process that may have ended by itself. */
export function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What is read of a process that may end at any time. */
function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}
