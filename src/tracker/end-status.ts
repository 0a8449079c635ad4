/** What a wait status tells of how a process ended. */
import { constants } from 'node:os';

/** Signals by which a process is ended for a fault of its own, and not by somebody else. */
const FAULTS: ReadonlySet<number> = new Set(
  (['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'] as const).map(
    (name) => constants.signals[name],
  ),
);

/** Whether somebody else ended the process: a parent's end, a tracer's, a shell that kills its jobs. */
export function wasKilledByOthers(status: number): boolean {
  const signal = status & 0x7f;
  return signal !== 0 && !FAULTS.has(signal);
}

/** In words. */
export function describe(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `signal ${signal}`;
}
