/** Jobs of real processes, followed by a real source: what the supervisor does with a source, and nothing else. */
import { constants } from 'node:os';
import type { Test } from 'tap';

import { readProcessStatus } from '../../../src/kernel/proc/process-status.js';
import { detachStranger } from '../../../src/kernel/process/ptrace.js';
import { Reaper } from '../../../src/supervisor/processes/reaper.js';
import type { EventSource, SourceName } from '../../../src/tracker/sources/source.js';
import { ConnectorSource } from '../../../src/tracker/sources/connector.js';
import { testConnector } from '../../../src/tracker/sources/connector-self-test.js';
import { PerfSource } from '../../../src/tracker/sources/perf.js';
import { testPerf } from '../../../src/tracker/sources/perf-self-test.js';
import { ProcfsSource, testProcfs } from '../../../src/tracker/sources/procfs.js';
import { PtraceSource } from '../../../src/tracker/sources/ptrace.js';
import { testPtrace } from '../../../src/tracker/sources/ptrace-self-test.js';
import { Tracking } from '../../../src/tracker/tracking.js';
import type { TrackerOutput } from '../../../src/tracker/tracker.js';
import type { Verdict } from '../../../src/tracker/verdict.js';
import { kernel, Lines, start } from '../../kernel/support.js';

export interface Teardown {
  teardown(handler: () => Promise<void> | void): void;
}

const CREATE: Readonly<Record<SourceName, () => EventSource>> = {
  connector: () => new ConnectorSource(kernel),
  perf: () => new PerfSource(kernel),
  ptrace: () => new PtraceSource(kernel),
  procfs: () => new ProcfsSource(kernel),
};

const TESTS = {
  connector: testConnector,
  perf: testPerf,
  ptrace: testPtrace,
  procfs: () => testProcfs(kernel),
};

/** False, or the reason why a source cannot be tried here. */
export function skipped(name: SourceName): string | false {
  const test = TESTS[name]();
  return test.works ? false : `${name} does not work here: ${test.reason}`;
}

type StartOptions = Parameters<typeof start>[2];

/** As the supervisor names jobs: a name, NUL, an instance. */
export const keyOf = (job: string): string => `${job}\0`;

type LaunchOptions = StartOptions & {
  /** called before the tracker knows of the launcher */
  readonly started?: (pid: number) => void;
};

export class LiveJobs {
  readonly tracking: Tracking;
  readonly verdicts: Verdict[] = [];
  /** children that have stopped, with the signal */
  readonly stops: { readonly pid: number; readonly signal: number }[] = [];
  readonly #reaper: Reaper;
  readonly #jobs = new Set<string>();
  readonly #waiting = new Set<() => void>();
  /** waiting for a signal does not keep Node running, a timer does */
  readonly #alive = setInterval(() => undefined, 60_000);

  constructor(t: Teardown, name: SourceName) {
    kernel.processes.becomeSubreaper();
    const source = CREATE[name]();
    this.tracking = new Tracking(kernel, source, (outputs) => this.#take(outputs));
    this.#reaper = new Reaper({
      processes: kernel.processes,
      beforeReap: (pid, status) => source.beforeReap?.(pid, status),
      onDeaths: (deaths) => {
        this.tracking.ended(deaths);
        this.#wake();
      },
      onStopped: (pid, signal) => this.#stopped(pid, signal),
      onTrapped: (pid, status) => {
        if (source.onTrap === undefined) detachStranger(pid, status);
        const signal = source.onTrap?.(pid, status);
        if (signal !== undefined) this.#stopped(pid, signal);
        this.#wake();
      },
    });
    this.tracking.start();
    this.#reaper.start();
    t.teardown(() => this.#close());
  }

  /** Starts a launcher. @returns its pid */
  launch(job: string, argv: readonly string[], { started, ...options }: LaunchOptions = {}): number {
    const key = keyOf(job);
    this.#jobs.add(key);
    const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', `FOSTER_JOB=${job}`, 'FOSTER_INSTANCE='];
    const spawn = (): { readonly pid: number } => {
      const pid = start(argv[0]!, argv, { env, ...options });
      started?.(pid);
      return { pid };
    };
    return this.tracking.launch(key, spawn, () => argv).pid;
  }

  mainOf(job: string): number | undefined {
    return this.tracking.tracker.follower(keyOf(job))?.main.pid;
  }

  living(job: string): readonly number[] {
    this.tracking.refresh();
    return this.tracking.tracker.living(keyOf(job)).map(({ pid }) => pid);
  }

  /** Resolves once the condition holds; looked at after every verdict, death and stop. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves when nobody traces the process any more; looked at after every stop for the tracer. */
  async untilFree(pid: number): Promise<void> {
    await this.until(() => readProcessStatus(pid)?.tracer === 0);
  }

  #take(outputs: readonly TrackerOutput[]): void {
    for (const output of outputs) if (output.kind === 'verdict') this.verdicts.push(output.verdict);
    this.#wake();
  }

  #stopped(pid: number, signal: number): void {
    this.stops.push({ pid, signal });
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  /** Ends whatever is left, and waits for the end. */
  async #close(): Promise<void> {
    for (const job of this.#jobs) this.tracking.endRequested(job);
    const left = () => [...this.#jobs].flatMap((job) => this.living(job.slice(0, -1)));
    const kill = () => {
      for (const pid of left()) kernel.processes.kill(pid, constants.signals.SIGKILL);
      return left().length === 0;
    };
    await this.until(kill);
    this.#reaper.close();
    this.tracking.stop();
    clearInterval(this.#alive);
  }
}

/** Checks that the source finds the main of a program that prints it. */
export async function findsMain(t: Test, name: SourceName, argv: readonly string[]): Promise<void> {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, name);
  jobs.launch('daemon', argv, { descriptors: [lines.writer] });
  const truth = Number(await lines.next());
  await jobs.until(() => jobs.mainOf('daemon') === truth);
  t.notOk(jobs.tracking.tracker.follower(keyOf('daemon'))?.over, 'and it goes on');
}
