/** Ending processes that belong to no job any more: detached sessions, and what others have started in our pid namespace. */
import { constants } from 'node:os';
import type { Pidfd, ProcessCalls, ProcReader } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Milliseconds } from '../core/contract.js';

const { SIGTERM, SIGHUP, SIGCONT, SIGKILL } = constants.signals;

export interface EndProcessesOptions {
  readonly kernel: {
    readonly processes: Pick<ProcessCalls, 'openPidfd'>;
    readonly proc: Pick<ProcReader, 'stat'>;
  };
  /** living processes that are to end; asked again when all have ended, since they may have started others */
  readonly find: () => readonly number[];
  /** how long they are left to themselves after TERM, before KILL; and after that until we give up */
  readonly patience: () => Milliseconds;
}

/** Resolves as soon as none is left. @returns those that would not go even after KILL */
export async function endProcesses(options: EndProcessesOptions): Promise<readonly number[]> {
  const asked = await endBy((pid) => askingSignals(pid, options), options);
  if (asked || (await endBy(() => [SIGKILL], options))) return [];
  return options.find();
}

/**
 * What is stopped ends only when it goes on. An interactive shell ignores TERM and ends of HUP, which a daemon with
 * a handler for TERM might not survive long enough: so HUP is for session leaders on a terminal.
 */
function askingSignals(pid: number, { kernel }: EndProcessesOptions): readonly number[] {
  const stat = kernel.proc.stat(pid);
  const isLogin = stat?.session === pid && stat.terminal !== 0;
  return isLogin ? [SIGTERM, SIGHUP, SIGCONT] : [SIGTERM, SIGCONT];
}

async function endBy(
  signalsFor: (pid: number) => readonly number[],
  options: EndProcessesOptions,
): Promise<boolean> {
  const { find, patience } = options;
  const { processes } = options.kernel;
  const end = performance.now() + patience();
  for (let pids = find(); pids.length > 0; pids = find()) {
    const left = end - performance.now();
    if (left <= 0) return false;
    const watched = pids.flatMap((pid) => processes.openPidfd(pid) ?? []);
    for (const pidfd of watched) for (const signal of signalsFor(pidfd.pid)) send(pidfd, signal);
    await untilEnded(watched, left);
    for (const pidfd of watched) pidfd.close();
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
function untilEnded(watched: readonly Pidfd[], left: Milliseconds): Promise<void> {
  return new Promise((resolve) => {
    let running = watched.length;
    if (running === 0) return resolve();
    const timer = setTimeout(resolve, left);
    for (const pidfd of watched) {
      pidfd.onEnd(() => {
        running -= 1;
        if (running > 0) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}
