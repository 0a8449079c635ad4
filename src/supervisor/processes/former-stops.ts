import type { Kernel } from '../../kernel/kernel.js';
import type { CoreInput, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import type { JobView } from '../core/status/view.js';
import type { Part } from '../engine/part.js';

const INTERVAL_MS = 100;
/** proc_pid_stat(5): stopped by a signal */
const STOPPED = 'T';

interface FormerStopsOptions {
  readonly core: Pick<Core, 'jobs'>;
  readonly proc: Pick<Kernel['proc'], 'stat'>;
  readonly now: () => Milliseconds;
  readonly submit: (input: CoreInput) => void;
}

/**
 * Notices mains that a previous supervisor was starting when it was killed, and that stop themselves to say that they are ready
 * (`expect stop`). The kernel reports stops only to the parent, which foster is not: they would stay stopped for ever. So foster
 * looks in /proc every 100 ms, while such a start lasts: nothing else tells.
 */
export class FormerStops implements Part {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: FormerStopsOptions) {}

  start(isNew: boolean): void {
    if (!isNew) this.#look(this.#starting());
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Returns the mains that have not said yet that they are ready, and are not foster's children. */
  #starting(): readonly number[] {
    const { proc } = this.options;
    return this.#views()
      .flatMap((view) => mainOf(view) ?? [])
      .filter((pid) => proc.stat(pid)?.parent !== process.pid);
  }

  #views(): readonly JobView[] {
    const { core, now } = this.options;
    return core.jobs(now()).filter((view) => view.class.expect === 'stop' && !view.settled);
  }

  #look(pids: readonly number[]): void {
    const { proc, submit } = this.options;
    const starting = this.#views().filter((view) => pids.includes(mainOf(view) ?? 0));
    if (starting.length === 0) return;
    for (const view of starting)
      if (proc.stat(mainOf(view)!)?.state === STOPPED)
        submit({ kind: 'process-stopped', job: view.ref, process: 'main' });
    this.#timer = setTimeout(() => this.#look(pids), INTERVAL_MS).unref();
  }
}

function mainOf({ processes }: JobView): number | undefined {
  return processes.find(({ process: name }) => name === 'main')?.pid;
}
