/** Ending processes that no job ends any more: detached sessions, and what else lives in the pid namespace of a PID 1. */
import { constants } from 'node:os';
import type { Pidfd, ProcReader } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Milliseconds } from '../core/contract.js';
import { setLongTimeout } from '../../long-timer.js';

const { SIGTERM, SIGHUP, SIGCONT, SIGKILL } = constants.signals;

export interface EndProcessesOptions {
  readonly proc: Pick<ProcReader, 'stat'>;
  /**
   * Returns the living processes that are to end, each held by a pidfd that was opened before anybody looked whether it is the
   * right process. It is asked again when all have ended, since they may have started others. The pidfds are closed here.
   */
  readonly find: () => readonly Pidfd[];
  /** how long they are left to themselves after TERM, before KILL; and after that until we give up */
  readonly patience: () => Milliseconds;
}

/** Resolves as soon as none is left. @returns those that would not go even after KILL */
export async function endProcesses(options: EndProcessesOptions): Promise<readonly number[]> {
  const asked = await endBy((pid) => askingSignals(pid, options), options);
  if (asked || (await endBy(() => [SIGKILL], options))) return [];
  const left = options.find();
  for (const pidfd of left) pidfd.close();
  return left.map(({ pid }) => pid);
}

/**
 * What is stopped ends only when it goes on. An interactive shell ignores TERM and ends of HUP, which a daemon with
 * a handler for TERM might not survive long enough: so HUP is for session leaders on a terminal.
 */
function askingSignals(pid: number, { proc }: EndProcessesOptions): readonly number[] {
  const stat = proc.stat(pid);
  const isLogin = stat?.session === pid && stat.terminal !== 0;
  return isLogin ? [SIGTERM, SIGHUP, SIGCONT] : [SIGTERM, SIGCONT];
}

async function endBy(
  signalsFor: (pid: number) => readonly number[],
  { find, patience }: EndProcessesOptions,
): Promise<boolean> {
  const end = performance.now() + patience();
  for (let held = find(); held.length > 0; held = find()) {
    const left = end - performance.now();
    try {
      if (left <= 0) return false;
      for (const pidfd of held) for (const signal of signalsFor(pidfd.pid)) send(pidfd, signal);
      await untilEnded(held, left);
    } finally {
      for (const pidfd of held) pidfd.close();
    }
  }
  return true;
}

/** What has become somebody else's (a setuid program of an ordinary user's job) is beyond us. */
function send(pidfd: Pidfd, signal: number): void {
  try {
    pidfd.signal(signal);
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EPERM') throw error;
  }
}

/** Resolves when all have ended, or after the time that is left. */
function untilEnded(held: readonly Pidfd[], left: Milliseconds): Promise<void> {
  return new Promise((resolve) => {
    let running = held.length;
    const timer = setLongTimeout(resolve, left);
    for (const pidfd of held) {
      pidfd.onEnd(() => {
        running -= 1;
        if (running > 0) return;
        timer.dispose();
        resolve();
      });
    }
  });
}
