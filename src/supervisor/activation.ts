/**
 * Starts jobs that neither a command nor another job's event starts: at times (`schedule`), on connections, file
 * changes, process events and runlevels.
 */
import { join } from 'node:path';
import type { JobClass } from '../jobfile/job-class/job-class.js';
import { ClockTimer } from '../kernel/clock-timer.js';
import type { Kernel } from '../kernel/kernel.js';
import { FileBridge } from './bridges/file-bridge.js';
import { ProcessBridge } from './bridges/process-bridge.js';
import { Runlevel, type Runlevels } from './bridges/runlevel.js';
import { SocketBridge, type PassedSocket, type SavedSocket } from './bridges/socket-bridge.js';
import type { CommandOutcome, JobRef, Milliseconds } from './core/contract.js';
import type { Report } from './log/log.js';
import type { Effects, Part } from './engine/part.js';
import { SavedSchedule } from './schedule/saved-schedule.js';
import { Schedule } from './schedule/schedule.js';

interface ActivationOptions {
  readonly kernel: Pick<Kernel, 'descriptors'>;
  readonly rundir: string;
  /** what outlives a reboot */
  readonly statedir: string;
  readonly now: () => Milliseconds;
  /** whether a job of this class is running or starting */
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
    const { kernel, rundir, statedir, now, isUp, start, emit, report, onRunlevel } = options;
    this.runlevel = new Runlevel(join(rundir, 'runlevel'), report, onRunlevel);
    this.#schedule = new Schedule({
      timeOfDay: Date.now,
      monotonic: now,
      makeAlarm: (fired) => new ClockTimer(kernel.descriptors, fired),
      start,
      saved: new SavedSchedule(statedir, report),
      report,
    });
    this.#sockets = new SocketBridge({ descriptors: kernel.descriptors, now, isUp, emit, report });
    this.#files = new FileBridge({ emit: (event, env) => void emit(event, env), report });
    this.processes = new ProcessBridge({ emit, report });
  }

  readonly effects = {
    event: { act: ({ name, env }) => this.runlevel.onEvent(name, env) },
  } satisfies Effects<'event'>;

  /** Returns the listening sockets. They stay open over a re-exec, so that no pending connection is lost. */
  saveForReexec(): readonly SavedSocket[] {
    return this.#sockets.kept();
  }

  restoreAfterReexec(sockets: readonly SavedSocket[]): void {
    this.#sockets.restore(sockets);
  }

  /** Opens the listening sockets. Jobs that are started after this get theirs. */
  listen(): void {
    this.#phase = 'listening';
    this.#sockets.setClasses(this.#classes);
  }

  /** Starts jobs from now on. @param isNew whether files that exist already count as just created */
  start(isNew: boolean): void {
    if (!isNew) this.runlevel.restore();
    this.#phase = 'started';
    this.#schedule.start();
    this.#files.setClasses(this.#classes, isNew);
  }

  /** Starts the jobs whose scheduled times were missed; called once the machine is up. */
  catchUp(): void {
    this.#schedule.catchUp();
  }

  /** Uses the job classes as the files define them now. */
  setClasses(classes: Iterable<JobClass>): void {
    this.#classes = [...classes];
    this.#schedule.setClasses(this.#classes);
    this.processes.setClasses(this.#classes);
    if (this.#phase !== 'closed') this.#sockets.setClasses(this.#classes);
    if (this.#phase === 'started') this.#files.setClasses(this.#classes, true);
  }

  jobGone(job: JobRef): void {
    this.#sockets.jobGone(job);
  }

  /** Returns the listening sockets that main inherits. */
  socketsOf(name: string, env: readonly string[]): readonly PassedSocket[] {
    return this.#sockets.socketsOf(name, env);
  }

  /** Returns when the schedule starts the job next, in milliseconds since 1970. */
  nextStart(name: string): number | undefined {
    return this.#schedule.next(name);
  }

  /** Stops starting jobs. */
  close(): void {
    this.#phase = 'closed';
    this.#schedule.close();
    this.#sockets.close();
    this.#files.close();
    this.processes.close();
  }
}
