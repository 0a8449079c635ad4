/**
 * What starts jobs without being asked and without an event of another job: times, connections, files, what processes do,
 * the runlevel.
 */
import { join } from 'node:path';
import type { JobClass } from '../jobfile/job-class/job-class.js';
import { ClockTimer } from '../kernel/clock-timer.js';
import type { Kernel } from '../kernel/kernel.js';
import { FileBridge } from './bridges/file-bridge.js';
import { ProcessBridge } from './bridges/process-bridge.js';
import { Runlevel, type Runlevels } from './bridges/runlevel.js';
import { SocketBridge, type GivenSocket, type SavedSocket } from './bridges/socket-bridge.js';
import type { CommandOutcome, JobRef, Milliseconds } from './core/contract.js';
import type { Report } from './log/log.js';
import type { Effects, Part } from './engine/part.js';
import { Schedule } from './schedule/schedule.js';

export interface ActivationOptions {
  readonly kernel: Pick<Kernel, 'descriptors'>;
  readonly rundir: string;
  readonly now: () => Milliseconds;
  /** whether a job of this class runs, or is about to */
  readonly isUp: (name: string) => boolean;
  readonly start: (name: string) => Promise<CommandOutcome>;
  /** resolves when the event has finished */
  readonly emit: (event: string, env: readonly string[]) => Promise<unknown>;
  readonly report: Report;
  readonly onRunlevel: (levels: Runlevels) => void;
}

export class Activation implements Part {
  readonly runlevel: Runlevel;
  readonly processes: ProcessBridge;
  readonly #schedule: Schedule;
  readonly #sockets: SocketBridge;
  readonly #files: FileBridge;
  #classes: readonly JobClass[] = [];
  #phase: 'closed' | 'listening' | 'started' = 'closed';

  constructor(options: ActivationOptions) {
    const { kernel, rundir, now, isUp, start, emit, report, onRunlevel } = options;
    this.runlevel = new Runlevel(join(rundir, 'runlevel'), report, onRunlevel);
    this.#schedule = new Schedule({
      timeOfDay: Date.now,
      monotonic: now,
      makeAlarm: (fired) => new ClockTimer(kernel.descriptors, fired),
      start,
      report,
    });
    this.#sockets = new SocketBridge({ descriptors: kernel.descriptors, now, isUp, emit, report });
    this.#files = new FileBridge({ emit: (event, env) => void emit(event, env), report });
    this.processes = new ProcessBridge({ emit, report });
  }

  readonly effects = {
    event: { act: ({ name, env }) => this.runlevel.emitted(name, env) },
  } satisfies Effects<'event'>;

  /** Sockets that have to stay open: a connection that waits in one is not lost. */
  keep(): readonly SavedSocket[] {
    return this.#sockets.kept();
  }

  restore(sockets: readonly SavedSocket[]): void {
    this.#sockets.restore(sockets);
  }

  /** Listens, so that whatever job is started from now on gets its sockets. */
  listen(): void {
    this.#phase = 'listening';
    this.#sockets.follow(this.#classes);
  }

  /**
   * From now on jobs are started.
   * @param isNew to jobs, files that exist have come into being just now
   */
  start(isNew: boolean): void {
    if (!isNew) this.runlevel.restore();
    this.#phase = 'started';
    this.#schedule.begin();
    this.#files.follow(this.#classes, isNew);
  }

  /** Takes over what the job files say now. */
  follow(classes: Iterable<JobClass>): void {
    this.#classes = [...classes];
    this.#schedule.follow(this.#classes);
    this.processes.follow(this.#classes);
    if (this.#phase !== 'closed') this.#sockets.follow(this.#classes);
    if (this.#phase === 'started') this.#files.follow(this.#classes, true);
  }

  jobGone(job: JobRef): void {
    this.#sockets.jobGone(job);
  }

  /** The listening sockets that main is given. */
  socketsOf(name: string, env: readonly string[]): readonly GivenSocket[] {
    return this.#sockets.socketsOf(name, env);
  }

  /** When the job is started by its schedule, milliseconds since 1970. */
  nextStart(name: string): number | undefined {
    return this.#schedule.next(name);
  }

  /** Starts nothing any more. */
  close(): void {
    this.#phase = 'closed';
    this.#schedule.close();
    this.#sockets.close();
    this.#files.close();
    this.processes.close();
  }
}
