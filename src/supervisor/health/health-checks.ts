/**
 * `health exec|http|tcp`: checks running jobs periodically, and notifies the core of an unhealthy one. Each check has
 * a timeout and never blocks foster: it takes a timer and a connection or process.
 */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { SystemError } from '../../kernel/system-error.js';
import type { ReapedChild } from '../../tracker/reaped-children.js';
import type { CoreInput, JobRef, Milliseconds } from '../core/contract.js';
import type { Core } from '../core/core.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Report } from '../log/log.js';
import type { Effects, Part } from '../engine/part.js';
import type { ExecProbes } from './exec-probe.js';
import { isRestarted, judge, newHealth, delayBefore, type Health, type Outcome } from './judge.js';
import type { RunningProbe, StartProbe } from './probe.js';
import type { SavedHealth } from './judge.js';
import type { HealthProbe } from '../../jobfile/job-class/values.js';

interface HealthChecksOptions {
  readonly now: () => Milliseconds;
  readonly submit: (input: CoreInput) => void;
  readonly core: Pick<Core, 'job' | 'jobs' | 'environment'>;
  /** whether its processes are frozen, and so cannot answer */
  readonly isFrozen: (job: JobRef) => boolean;
  readonly exec: ExecProbes;
  readonly report: Report;
}

interface Watched {
  readonly job: JobRef;
  readonly class: JobClass;
  health: Health;
  timer?: NodeJS.Timeout;
  running?: RunningProbe;
}

export class HealthChecks implements Part {
  readonly #watched = new Map<string, Watched>();
  readonly #restored = new Map<string, Health>();

  constructor(private readonly options: HealthChecksOptions) {}

  /** A job is checked while its state is `running`. */
  readonly effects = {
    'job-changed': {
      act: ({ job, from, to }) => {
        if (from === to) return;
        if (to === 'running') this.#watch(job);
        else this.#forget(jobKey(job));
      },
    },
  } satisfies Effects<'job-changed'>;

  /** Continues to check recovered jobs. */
  start(): void {
    const { core, now } = this.options;
    for (const { ref, state } of core.jobs(now()))
      if (state === 'running') this.#watch(ref, this.#restored.get(jobKey(ref)));
    this.#restored.clear();
  }

  /** Cancels checks that are in progress. */
  saveForReexec(): readonly SavedHealth[] {
    for (const watched of this.#watched.values()) {
      if (watched.running === undefined) continue;
      watched.running.cancel();
      delete watched.running;
      // the re-exec may fail
      this.#schedule(watched);
    }
    return [...this.#watched.values()].map(({ job, health }) => ({ job, health }));
  }

  restoreAfterReexec(saved: readonly SavedHealth[]): void {
    for (const { job, health } of saved) this.#restored.set(jobKey(job), health);
  }

  /** Returns the health of a job; undefined for a job without checks. */
  of(job: JobRef): Health | undefined {
    return this.#watched.get(jobKey(job))?.health;
  }

  /** Handles reaped children. */
  ended(deaths: readonly ReapedChild[]): void {
    this.options.exec.ended(deaths);
  }

  close(): void {
    for (const key of [...this.#watched.keys()]) this.#forget(key);
  }

  #watch(job: JobRef, health = newHealth(this.options.now())): void {
    const key = jobKey(job);
    this.#forget(key);
    const { core, now } = this.options;
    const jobClass = core.job(job, now())?.class;
    if (jobClass?.health === undefined) return;
    const watched = { job, class: jobClass, health };
    this.#watched.set(key, watched);
    this.#schedule(watched);
  }

  #forget(key: string): void {
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    clearTimeout(watched.timer);
    watched.running?.cancel();
    this.#watched.delete(key);
  }

  #schedule(watched: Watched): void {
    clearTimeout(watched.timer);
    watched.timer = setTimeout(() => void this.#check(watched), delayBefore(watched.health, watched.class));
    watched.timer.unref();
  }

  async #check(watched: Watched): Promise<void> {
    const { job, class: jobClass } = watched;
    if (this.options.isFrozen(job)) {
      this.#schedule(watched);
      return;
    }
    const start = await this.#probeOf(job, jobClass.health!, jobClass);
    // the job may have ended while the code of the probe was loaded
    if (this.#watched.get(jobKey(job)) !== watched) return;
    try {
      watched.running = start(jobClass.healthTimeout * 1000, (outcome) => this.#ended(watched, outcome));
    } catch (error) {
      // a lack of descriptors or memory says nothing about the job
      if (!(error instanceof SystemError)) throw error;
      this.options.report('warn', `${jobLabel(job)}: its health cannot be checked now: ${error.message}`);
      this.#schedule(watched);
    }
  }

  async #probeOf(job: JobRef, probe: HealthProbe, jobClass: JobClass): Promise<StartProbe> {
    if (probe.by === 'exec')
      return this.options.exec.probe(
        job,
        jobClass,
        probe.command,
        () => this.options.core.environment(job) ?? [],
      );
    const { httpProbe, tcpProbe } = await import('./socket-probes.js');
    return probe.by === 'http' ? httpProbe(probe) : tcpProbe(probe);
  }

  #ended(watched: Watched, outcome: Outcome): void {
    delete watched.running;
    if (this.#watched.get(jobKey(watched.job)) !== watched) return;
    const before = watched.health.state;
    watched.health = judge(watched.health, outcome, watched.class, this.options.now());
    this.#schedule(watched);
    const { state, failures } = watched.health;
    if (state !== before) this.#announce(watched, state, outcome.text);
    // only a change is submitted: with `health action mark` nothing follows, and a restart is requested once
    if (state === 'unhealthy' && before !== state && isRestarted(watched.class))
      this.options.submit({ kind: 'unhealthy', job: watched.job, reason: reasonOf(failures, outcome.text) });
  }

  #announce({ job, health }: Watched, state: Health['state'], text: string): void {
    if (state === 'starting') return;
    const { report, submit } = this.options;
    const label = jobLabel(job);
    if (state === 'unhealthy') report('warn', `${label} is unhealthy: ${reasonOf(health.failures, text)}`);
    else report('info', `${label} is healthy: ${text}`);
    const env = [`JOB=${job.name}`, `INSTANCE=${job.instance}`, `HEALTH=${state}`, `REASON=${text}`];
    submit({ kind: 'emit', event: 'health', env });
  }
}

function reasonOf(failures: number, text: string): string {
  return failures === 1 ? text : `${text} (${failures} times in a row)`;
}
