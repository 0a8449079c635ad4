/**
 * The processes that foster started for jobs, from the spawn to the reaping. Whatever happens to one of them becomes an
 * input of the core.
 */
import { constants } from 'node:os';
import { signalNumber } from '../../kernel/process/signals.js';
import type { ReapedChild } from '../../tracker/reaped-children.js';
import { jobKey, jobOfKey } from '../../tracker/job-key.js';
import type { TrackerOutput } from '../../tracker/tracker.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { Verdict } from '../../tracker/verdict.js';
import type { CoreInput, JobRef } from '../core/contract.js';
import type { EndStatus } from '../core/wait-status.js';
import type { EffectOf, Effects, Part } from '../engine/part.js';
import { LaunchError } from '../launch/launch-error.js';
import type { JobOutputs, MainEnd } from '../output/job-outputs.js';
import type { Launches } from '../state/launches.js';
import { ProcessRoles, type Role } from './process-roles.js';
import { failureOf, ProcessStarter, reportHint, type ProcessStarterOptions } from './process-starter.js';
import type { UnclearProcesses } from './unclear-processes.js';
import type { ProcessName } from '../../jobfile/job-class/values.js';

/** Milliseconds after which recovered jobs have claimed what they need, even if their events never come to rest. */
const LATEST_CLAIM_MS = 60_000;

interface JobProcessesOptions extends ProcessStarterOptions {
  readonly launches: ProcessStarterOptions['launches'] & Pick<Launches, 'endUnclaimed'>;
  readonly lane: ProcessStarterOptions['lane'];
  readonly outputs: ProcessStarterOptions['outputs'] & Pick<JobOutputs, 'processEnded'>;
  readonly unclear: Pick<UnclearProcesses, 'note'>;
  /** whether no event is pending */
  readonly isSettled: () => boolean;
  /** receives the verdicts and events of the tracker, in order */
  readonly news: { readonly handle: (output: TrackerOutput) => void };
}

export class JobProcesses implements Part {
  readonly #roles = new ProcessRoles();
  readonly #starter: ProcessStarter;
  /** launchers that ended at their gate, by job: to the core that is a failed spawn, not an end of main */
  readonly #failedAtGate = new Map<string, LaunchError>();
  /** runs while jobs may still claim processes of a crashed foster; after that, unclaimed ones are ended */
  #claims: NodeJS.Timeout | undefined;
  /** key of the job whose process's end the core is acting on */
  #endingJob: string | undefined;

  constructor(
    private readonly options: JobProcessesOptions,
    private readonly tracking: Tracking,
  ) {
    const table = {
      roles: this.#roles,
      followsEnd: (job: JobRef) => jobKey(job) === this.#endingJob,
      reattach: this.reattach.bind(this),
    };
    this.#starter = new ProcessStarter(options, table, tracking);
  }

  readonly effects = {
    spawn: { act: (effect) => this.#starter.spawn(effect) },
    signal: { act: (effect) => this.#signal(effect) },
    // from now on the end of main is never a hand-off
    'expect-end': { act: ({ job }) => this.tracking.endRequested(jobKey(job)) },
    continue: { act: (effect) => this.#continue(effect) },
    // last in its turn: what the turn has started has claimed its process by then
    'latches-changed': { act: () => this.#endClaimsIfSettled() },
  } satisfies Effects<'spawn' | 'signal' | 'expect-end' | 'continue' | 'latches-changed'>;

  /** Claims come late if many jobs have ended meanwhile: their respawns wait in a pause of events. */
  start(): void {
    this.#claims = setTimeout(() => this.#endClaims(), LATEST_CLAIM_MS).unref();
    this.#endClaimsIfSettled();
  }

  close(): void {
    clearTimeout(this.#claims);
    this.#claims = undefined;
  }

  #endClaimsIfSettled(): void {
    if (this.#claims !== undefined && this.options.isSettled()) this.#endClaims();
  }

  /** Ends the processes that the previous supervisor was starting and that no job has claimed. */
  #endClaims(): void {
    this.close();
    this.options.launches.endUnclaimed((pid) => this.has(pid), this.tracking);
  }

  /** Sends a signal. If the process has exited, that is no error: its exit is reported in due order. */
  #signal({ pid, signal, whole }: EffectOf<'signal'>): void {
    const number = signalNumber(signal);
    // Upstart accepts a number that Linux lacks, and 0, with which kill(2) sends nothing
    if (number === undefined) return;
    this.tracking.handles.signal(pid, number, whole);
  }

  #continue({ job, process }: EffectOf<'continue'>): void {
    const pid = this.#roles.pidOf(job, process);
    if (pid !== undefined) this.tracking.handles.signal(pid, constants.signals.SIGCONT, 'process');
  }

  /** Handles a child that has stopped: at its gate, or by itself. */
  stopped(pid: number, signal: number): void {
    const role = this.#roles.of(pid);
    if (role === undefined) return;
    const { gates } = this.options.launcher;
    if (!gates.has(pid)) {
      if (signal === constants.signals.SIGSTOP) this.options.submit({ kind: 'process-stopped', ...role });
      return;
    }
    try {
      gates.open(pid);
      this.options.submit({ kind: 'spawned', ...role, pid });
    } catch (error) {
      if (!(error instanceof LaunchError)) throw error;
      this.#failAtGate(pid, role, error);
    }
  }

  /**
   * Handles children that have been reaped.
   * @param mayWait as in `Tracking.ended`
   */
  ended(deaths: readonly ReapedChild[], mayWait = false): void {
    for (const { pid } of deaths) {
      const role = this.#roles.of(pid);
      const unopened = role && this.options.launcher.gates.ended(pid);
      if (unopened !== undefined) this.#failAtGate(pid, role!, unopened);
    }
    this.tracking.ended(deaths, mayWait);
    for (const { pid, status } of deaths) {
      const role = this.#roles.of(pid);
      if (role === undefined) continue;
      this.#roles.delete(pid);
      // whether main has ended or handed off is the follower's decision
      if (role.process === 'main') continue;
      this.#submitEnd({ kind: 'process-ended', ...role, status });
    }
  }

  /** Handles verdicts and events of the tracker. */
  handleTracked(outputs: readonly TrackerOutput[]): void {
    const { news } = this.options;
    for (const output of outputs) {
      // an end is reported before the restart that follows from it
      const isEnd = output.kind === 'verdict' && isEndOfMain(output.verdict);
      if (isEnd) news.handle(output);
      if (output.kind === 'verdict') this.#apply(output.verdict);
      else if (output.event.type === 'exec') this.#programBegan(output.event.pid);
      if (!isEnd) news.handle(output);
    }
  }

  /** Tests whether foster started this process for a job, or it became main after such a process. */
  has(pid: number): boolean {
    return this.#roles.of(pid) !== undefined;
  }

  /**
   * Reattaches a process that the previous supervisor started. Its end is noticed even if it is no child of ours.
   * @param hasEnded how a hook ended that is not alive any more
   */
  reattach(pid: number, job: JobRef, process: ProcessName, hasEnded?: EndStatus): void {
    this.#roles.set(pid, { job, process });
    if (process === 'main') return;
    const ended = (status: EndStatus): void => {
      if (this.#roles.delete(pid)) this.#submitEnd({ kind: 'process-ended', job, process, status });
    };
    if (hasEnded !== undefined) return ended(hasEnded);
    this.tracking.tracker.startedOther(pid);
    this.tracking.handles.watch(pid, (status) => {
      this.tracking.tracker.startedOther(pid, false);
      ended(status ?? 'not-reported');
    });
  }

  #programBegan(pid: number): void {
    const role = this.#roles.of(pid);
    if (role?.process === 'main') this.options.submit({ kind: 'program-began', job: role.job, pid });
  }

  #apply(verdict: Verdict): void {
    const job = jobOfKey(verdict.job);
    const { submit } = this.options;
    switch (verdict.verdict) {
      case 'hand-off':
        this.#roles.delete(verdict.pid);
        this.#roles.set(verdict.to, { job, process: 'main' });
        submit({ kind: 'main-changed', job, from: verdict.pid, pid: verdict.to });
        return;
      case 'died':
      case 'ended': {
        this.#roles.delete(verdict.pid);
        const failed = this.#failedAtGate.get(verdict.job);
        this.#failedAtGate.delete(verdict.job);
        if ('unclear' in verdict) this.options.unclear.note(job, verdict.unclear ?? []);
        if (failed === undefined) {
          const status = endStatusOf(verdict);
          const wasLast = !('unclear' in verdict) && this.tracking.isEmpty(verdict.job);
          this.#submitEnd(
            { kind: 'process-ended', job, process: 'main', status, wasLast },
            { status: verdict.status },
          );
        } else this.#submitEnd({ kind: 'spawn-failed', job, process: 'main', ...failureOf(failed) });
        return;
      }
      case 'main':
      case 'ambiguous':
      case 'detached':
        return;
    }
  }

  /** @param main how main ended; absent for a hook */
  #submitEnd(input: Extract<CoreInput, { kind: 'process-ended' | 'spawn-failed' }>, main?: MainEnd): void {
    const { outputs, lane } = this.options;
    // its last lines stand before its end in the log
    outputs.processEnded(input.job, main, lane);
    this.#endingJob = jobKey(input.job);
    try {
      this.options.submit(input);
    } finally {
      this.#endingJob = undefined;
    }
  }

  #failAtGate(pid: number, role: Role, error: LaunchError): void {
    reportHint(this.options.report, role.job, error);
    // main's failure waits for the tracker's verdict about the launcher; a hook's does not
    if (role.process === 'main') this.#failedAtGate.set(jobKey(role.job), error);
    else {
      this.#roles.delete(pid);
      this.options.submit({ kind: 'spawn-failed', ...role, ...failureOf(error) });
    }
  }
}

function endStatusOf({ status, unseen }: Extract<Verdict, { verdict: 'died' | 'ended' }>): EndStatus {
  return status ?? (unseen === true ? 'ended-while-down' : 'not-reported');
}

function isEndOfMain({ verdict }: Verdict): boolean {
  return verdict === 'died' || verdict === 'ended';
}
