/**
 * Ends processes at a shutdown after all jobs have ended: detached sessions, and the rest of PID 1's pid namespace.
 */
import { constants } from 'node:os';
import type { Pidfd, ProcReader } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Milliseconds } from '../core/contract.js';
import { setLongTimeout } from '../../long-timer.js';

const { SIGTERM, SIGHUP, SIGCONT, SIGKILL } = constants.signals;

interface EndProcessesOptions {
  readonly proc: Pick<ProcReader, 'stat'>;
  /**
   * Returns the living processes to end, each by a pidfd that was opened before the process was checked. Called again
   * when all of them have ended, since they may have started others. `endProcesses` closes the pidfds.
   */
  readonly find: () => readonly Pidfd[];
  /** returns how long they may take after TERM, and again after KILL */
  readonly gracePeriod: () => Milliseconds;
}

/** Resolves as soon as none is left. @returns those that did not end even after KILL */
export async function endProcesses(options: EndProcessesOptions): Promise<readonly number[]> {
  const asked = await endBy((pid) => terminationSignals(pid, options), options);
  if (asked || (await endBy(() => [SIGKILL], options))) return [];
  const left = options.find();
  for (const pidfd of left) pidfd.close();
  return left.map(({ pid }) => pid);
}

/**
 * Returns the signals that ask a process to end. CONT, since a stopped process cannot handle TERM. Session leaders on
 * a terminal also get HUP, since an interactive shell ignores TERM. Daemons do not: HUP might kill one before its
 * TERM handler has finished.
 */
function terminationSignals(pid: number, { proc }: EndProcessesOptions): readonly number[] {
  const stat = proc.stat(pid);
  const isLogin = stat?.session === pid && stat.terminal !== 0;
  return isLogin ? [SIGTERM, SIGHUP, SIGCONT] : [SIGTERM, SIGCONT];
}

async function endBy(
  signalsFor: (pid: number) => readonly number[],
  { find, gracePeriod }: EndProcessesOptions,
): Promise<boolean> {
  const end = performance.now() + gracePeriod();
  for (let held = find(); held.length > 0; held = find()) {
    const left = end - performance.now();
    try {
      if (left <= 0) return false;
      for (const pidfd of held) for (const signal of signalsFor(pidfd.pid)) send(pidfd, signal);
      await waitForEnd(held, left);
    } finally {
      for (const pidfd of held) pidfd.close();
    }
  }
  return true;
}

/** Sends a signal. foster as an ordinary user may not signal a job's setuid program, which is ignored. */
function send(pidfd: Pidfd, signal: number): void {
  try {
    pidfd.signal(signal);
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EPERM') throw error;
  }
}

/** Resolves when all have ended, or when the time is over. */
function waitForEnd(held: readonly Pidfd[], left: Milliseconds): Promise<void> {
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
