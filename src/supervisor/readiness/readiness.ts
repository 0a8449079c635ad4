/**
 * Processes what jobs report about themselves: that they are ready, their status, which process is main.
 * Gives main the means for that at its start, runs the readiness checks of the job file, and turns the
 * results into inputs of the core.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { PassedSocket } from '../bridges/socket-bridge.js';
import type { CoreInput, JobRef, Milliseconds, State } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey, jobLabel, jobOfKey } from '../../tracker/job-key.js';
import type { LaunchAdditions, LaunchRequest } from '../launch/launch-request.js';
import { LaunchError } from '../launch/launch-error.js';
import type { LineFeed } from '../output/line-splitter.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import { additionsOf, sendsNotifications, type PassedDescriptors } from './additions-of.js';
import { DescriptorStore } from './descriptor-store.js';
import type { SavedReadiness } from './saved-readiness.js';
import { makeReadinessCheck, type Recovered } from './make-check.js';
import { Notifications, type SelfReport } from './notifications.js';
import { NotifyServer } from './notify-server.js';
import { PidFiles, resolvePath } from './pid-files.js';
import { PortWatch } from './port-watch.js';
import type { ReadinessCheck } from './readiness-check.js';

interface ReadinessOptions {
  readonly kernel: Pick<Kernel, 'files' | 'descriptors' | 'proc'>;
  readonly tracking: Tracking;
  /** path of the socket for notices */
  readonly notifyPath: string;
  readonly submit: (input: CoreInput) => void;
  readonly core: Pick<Core, 'job' | 'jobs' | 'environment'>;
  readonly now: () => Milliseconds;
  /** listening sockets for main */
  readonly socketsOf: (name: string, env: readonly string[]) => readonly PassedSocket[];
  readonly onLine: (job: JobRef, listener: (line: string) => void) => LineFeed | undefined;
  readonly report: Report;
}

interface Passed {
  readonly class: JobClass;
  readonly descriptors: PassedDescriptors;
  readonly additions: LaunchAdditions;
}

export class Readiness implements Part {
  readonly #notices: Notifications;
  readonly #server: NotifyServer;
  readonly #store = new DescriptorStore();
  readonly #ports = new PortWatch();
  /** what main last got, by job */
  readonly #passed = new Map<string, Passed>();
  /** running readiness checks, by job */
  readonly #checks = new Map<string, ReadinessCheck>();
  readonly #pidFiles: PidFiles;
  /** pipes of `ready fd` kept by the previous program, by job, until they are used */
  readonly #pipes = new Map<string, number>();

  constructor(private readonly options: ReadinessOptions) {
    const { kernel, tracking, submit, report } = options;
    const classOf = (job: JobRef): JobClass | undefined => this.#classOf(job);
    const warn = (job: JobRef, text: string): void => this.#warn(job, text);
    this.#pidFiles = new PidFiles({ ...options, classOf, warn });
    this.#notices = new Notifications({
      submit,
      classOf,
      setMain: (job, pid) => tracking.setMain(jobKey(job), pid, 'word', 'the job said so'),
      store: (job, name, fds) => this.#store.keep(job, name, fds, classOf(job)?.fdStore ?? 0),
      unstore: (job, name) => this.#store.remove(job, name),
      report,
    });
    this.#server = new NotifyServer({
      path: options.notifyPath,
      descriptors: kernel.descriptors,
      jobOf: (pid) => tracking.jobOfPid(pid),
      receive: (key, text, fds) => this.#notices.receive(jobOfKey(key), text, fds),
      report,
    });
  }

  /** Returns what the process gets; the same object as long as nothing has changed. */
  additions({ job, process }: LaunchRequest): LaunchAdditions | undefined {
    return process === 'main' ? this.#passed.get(jobKey(job))?.additions : undefined;
  }

  /** Prepares what main gets, before it is started. */
  prepare(request: LaunchRequest): void {
    const { job, class: jobClass } = request;
    const key = jobKey(job);
    this.#endCheck(job);
    const address = sendsNotifications(jobClass) ? this.#server.address() : undefined;
    const sockets = this.options.socketsOf(job.name, request.env);
    const given: PassedDescriptors = { sockets, stored: this.#store.of(job) };
    const check = this.#checkOf(job, jobClass);
    const before = this.#passed.get(key);
    const isSame = before?.class === jobClass && areSame(before.descriptors, given);
    if (check?.additions === undefined && isSame) return;
    const additions = additionsOf(jobClass, address, given);
    const descriptors = [...additions.descriptors, ...(check?.additions?.descriptors ?? [])];
    this.#passed.set(key, { class: jobClass, descriptors: given, additions: { ...additions, descriptors } });
  }

  /** Starts the readiness check, after main has been started. */
  started(job: JobRef, main: number): void {
    this.#checks.get(jobKey(job))?.start(main);
  }

  /** Restores the socket for recovered jobs, and continues their checks. */
  start(): void {
    const now = this.options.now();
    for (const { ref, class: jobClass, state, processes } of this.options.core.jobs(now)) {
      if (sendsNotifications(jobClass)) this.#server.address();
      const main = processes.find(({ process }) => process === 'main');
      if (state !== 'spawned' || main === undefined) continue;
      const before = { mainSince: Date.now() - (now - main.since), pipe: this.#pipes.get(jobKey(ref)) };
      this.#makeCheck(ref, jobClass, before)?.start(main.pid);
    }
    this.#pipes.clear();
  }

  saveForReexec(): SavedReadiness {
    const pipes = [...this.#checks].flatMap(([key, { descriptor }]) =>
      descriptor === undefined ? [] : [{ job: jobOfKey(key), fd: descriptor }],
    );
    const reports = this.#notices.all.map(({ job, report: { text, doing } }) => ({ job, text, doing }));
    return { socket: this.#server.descriptor, pipes, stored: this.#store.all, reports };
  }

  restoreAfterReexec({ socket, pipes, stored, reports }: SavedReadiness): void {
    if (socket !== undefined) this.#server.reuse(socket);
    for (const { job, fd } of pipes) this.#pipes.set(jobKey(job), fd);
    for (const { job, name, fd } of stored) this.#store.keep(job, name, [fd], Infinity);
    for (const { job, text, doing } of reports) {
      this.#notices.restore(job, {
        ...(text !== undefined && { text }),
        ...(doing !== undefined && { doing }),
      });
    }
  }

  /** Acting, not reporting: the next step of the job waits for readiness. */
  readonly effects = {
    'job-changed': {
      act: ({ job, from, to }) => {
        if (from !== to) this.#stateChanged(job, to);
      },
    },
  } satisfies Effects<'job-changed'>;

  /** Ends the check after `spawned`, and forgets old reports at a new run. */
  #stateChanged(job: JobRef, to: State): void {
    if (to !== 'spawned') this.#endCheck(job);
    if (to === 'starting') this.#notices.forget(job);
    if (to === 'stopping') this.#pidFiles.stop(job);
  }

  /** Called after an event of a process of this job. */
  processChanged(key: string): void {
    this.#checks.get(key)?.processChanged?.();
  }

  /** Consults the PID file after a change of main, which may be a guess. */
  mainGuessed(job: JobRef): void {
    this.#pidFiles.check(job);
  }

  /** Returns what the job reports about itself, for status. */
  reportOf(job: JobRef): SelfReport | undefined {
    return this.#notices.of(job);
  }

  jobGone(job: JobRef): void {
    const key = jobKey(job);
    this.#endCheck(job);
    this.#notices.forget(job);
    this.#store.release(job);
    this.#passed.delete(key);
    this.#pidFiles.forget(job);
  }

  /** Re-creates the socket for notices if its file is missing. @throws SystemError */
  repairSocket(): void {
    this.#server.repair();
  }

  /** Returns the file of the socket for notices, if it exists. */
  get socketFile(): string | undefined {
    return this.#server.file;
  }

  close(): void {
    for (const check of this.#checks.values()) check.dispose();
    this.#pidFiles.close();
    this.#checks.clear();
    this.#server.close();
    this.#store.close();
  }

  /** @throws LaunchError if there is no descriptor left for a pipe */
  #checkOf(job: JobRef, jobClass: JobClass): ReadinessCheck | undefined {
    try {
      return this.#makeCheck(job, jobClass);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw LaunchError.other(`unable to execute: ${error.message}`, 'for the pipe of `ready fd`');
    }
  }

  #makeCheck(job: JobRef, jobClass: JobClass, before?: Recovered): ReadinessCheck | undefined {
    const { kernel, tracking, onLine, submit } = this.options;
    const check = makeReadinessCheck(jobClass.ready, {
      kernel,
      onReady: () => {
        this.#endCheck(job);
        submit({ kind: 'ready', job });
      },
      warn: (text) => this.#warn(job, text),
      processes: () => tracking.tracker.living(jobKey(job)).map(({ pid }) => pid),
      onLine: (listener) => onLine(job, listener),
      ports: this.#ports,
      resolvePath: (path) => resolvePath(this.options.core, job, jobClass, path),
      ...(before !== undefined && { recovered: before }),
    });
    if (check !== undefined) this.#checks.set(jobKey(job), check);
    return check;
  }

  #classOf(job: JobRef): JobClass | undefined {
    return this.options.core.job(job, this.options.now())?.class;
  }

  #endCheck(job: JobRef): void {
    const key = jobKey(job);
    this.#checks.get(key)?.dispose();
    this.#checks.delete(key);
  }

  #warn(job: JobRef, text: string): void {
    this.options.report('warn', `${jobLabel(job)}: ${text}`);
  }
}

/** Compares quickly: most jobs get nothing, and a respawn waits for the result. */
function areSame(one: PassedDescriptors, other: PassedDescriptors): boolean {
  return (isEmpty(one) && isEmpty(other)) || isDeepStrictEqual(one, other);
}

function isEmpty({ sockets, stored }: PassedDescriptors): boolean {
  return sockets.length === 0 && stored.length === 0;
}
