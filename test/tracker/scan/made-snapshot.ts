/** Snapshots of /proc as a test writes them: what a process does not state is unremarkable. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { TICK, type SeenProcess, type Snapshot } from '../../../src/tracker/scan/snapshot.js';

export interface MadeProcess extends Partial<SeenProcess> {
  readonly pid: number;
  readonly argv?: readonly string[];
  readonly executable?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly mark?: number;
}

interface Unremarkable {
  readonly parent: number;
  /** in ticks since the boot */
  readonly startTime: number;
}

/** Returns what was seen at a time. Each process leads its own session. */
export function madeSnapshot(
  entries: readonly MadeProcess[],
  at: Nanoseconds,
  { parent, startTime: usual }: Unremarkable,
): Snapshot {
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  const processes = new Map<number, SeenProcess>();
  for (const entry of entries) {
    const startTime = entry.startTime ?? usual;
    processes.set(entry.pid, {
      parent,
      session: entry.pid,
      comm: 'daemon',
      dead: false,
      startTime,
      started: startTime * TICK,
      stackStart: undefined,
      status: undefined,
      ...entry,
    });
  }
  return {
    processes,
    beganAt: at,
    completeAt: at,
    argv: (pid) => byPid.get(pid)?.argv,
    executable: (pid) => byPid.get(pid)?.executable,
    environment: (pid) => {
      const environment = byPid.get(pid)?.environment;
      return environment && new Map(Object.entries(environment));
    },
    mark: (pid) => byPid.get(pid)?.mark,
  };
}
