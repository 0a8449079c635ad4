/**
 * What jobs say of themselves: that they are ready, how they are, who is main. It gives main at its start what it needs
 * for that, looks for the signs that the job file names, and turns them into the core's inputs.
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

export interface ReadinessOptions {
  readonly kernel: Pick<Kernel, 'files' | 'descriptors' | 'proc'>;
  readonly tracking: Tracking;
  /** where the socket for notices is to be */
  readonly notifyPath: string;
  readonly submit: (input: CoreInput) => void;
  readonly core: Pick<Core, 'job' | 'jobs' | 'environment'>;
  readonly now: () => Milliseconds;
  /** listening sockets that main is given */
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
  /** what main was last given, by job */
  readonly #passed = new Map<string, Passed>();
  /** signs that are being looked for, by job */
  readonly #checks = new Map<string, ReadinessCheck>();
  readonly #pidFiles: PidFiles;
  /** pipes of `ready fd` that the program before this one has kept, by job, until they are taken up */
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

  /** What the process is given; the same object as long as nothing about it has changed. */
  additions({ job, process }: LaunchRequest): LaunchAdditions | undefined {
    return process === 'main' ? this.#passed.get(jobKey(job))?.additions : undefined;
  }

  /** Main is about to be started: makes ready what it is given. */
  prepare(request: LaunchRequest): void {
    const { job, class: jobClass } = request;
    const key = jobKey(job);
    this.#endCheck(job);
    const address = sendsNotifications(jobClass) ? this.#server.address() : undefined;
    const sockets = this.options.socketsOf(job.name, request.env);
    const given: PassedDescriptors = { sockets, stored: this.#store.of(job) };
    const sign = this.#checkOf(job, jobClass);
    const before = this.#passed.get(key);
    const isSame = before?.class === jobClass && areSame(before.descriptors, given);
    if (sign?.additions === undefined && isSame) return;
    const additions = additionsOf(jobClass, address, given);
    const descriptors = [...additions.descriptors, ...(sign?.additions?.descriptors ?? [])];
    this.#passed.set(key, { class: jobClass, descriptors: given, additions: { ...additions, descriptors } });
  }

  /** Main has been started: looks for the sign from now on. */
  started(job: JobRef, main: number): void {
    this.#checks.get(jobKey(job))?.start(main);
  }

  /** Jobs that were taken back from a former supervisor find the socket again, and their signs are looked for. */
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

  /** What a sign of readiness is in the way of is done next. */
  readonly effects = {
    'job-changed': {
      act: ({ job, from, to }) => {
        if (from !== to) this.#stateChanged(job, to);
      },
    },
  } satisfies Effects<'job-changed'>;

  /** What the job waited for in `spawned` matters no more, and a new run has said nothing yet. */
  #stateChanged(job: JobRef, to: State): void {
    if (to !== 'spawned') this.#endCheck(job);
    if (to === 'starting') this.#notices.forget(job);
    if (to === 'stopping') this.#pidFiles.stop(job);
  }

  /** Something has happened to a process of this job. */
  processChanged(key: string): void {
    this.#checks.get(key)?.processChanged?.();
  }

  /** Another process is main, perhaps by a guess: time for the PID file to speak. */
  mainGuessed(job: JobRef): void {
    this.#pidFiles.check(job);
  }

  /** What the job says of itself, for status. */
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

  /** Makes the socket for notices again where its file is missing. @throws SystemError */
  repairSocket(): void {
    this.#server.repair();
  }

  /** The file of the socket for notices, while there is one. */
  get socketFile(): string | undefined {
    return this.#server.file;
  }

  close(): void {
    for (const sign of this.#checks.values()) sign.dispose();
    this.#pidFiles.close();
    this.#checks.clear();
    this.#server.close();
    this.#store.close();
  }

  /** @throws LaunchError where there is no descriptor left for a pipe */
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
    const sign = makeReadinessCheck(jobClass.ready, {
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
    if (sign !== undefined) this.#checks.set(jobKey(job), sign);
    return sign;
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

/** Most jobs are given nothing, which is seen at once; a respawn waits for the answer. */
function areSame(one: PassedDescriptors, other: PassedDescriptors): boolean {
  return (isEmpty(one) && isEmpty(other)) || isDeepStrictEqual(one, other);
}

function isEmpty({ sockets, stored }: PassedDescriptors): boolean {
  return sockets.length === 0 && stored.length === 0;
}
