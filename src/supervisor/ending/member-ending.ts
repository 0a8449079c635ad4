/**
 * Ends the processes of a job besides main: TERM first; at the timeout STOP, until a pass finds no new process, then
 * KILL, and again until none is left. It advances at each exit, with timers as limits. It signals only processes that
 * the lineage proves to be the job's, each through a pidfd, so that a recycled pid is never hit.
 */
import { constants } from 'node:os';
import type { Kernel, ProcessCalls } from '../../kernel/kernel.js';
import type { Process } from '../../tracker/model.js';
import type { Tracking } from '../../tracker/tracking.js';
import type { CoreEffect, JobRef, Milliseconds } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import type { Effects, Part } from '../engine/part.js';
import { mayLeaveByItself, processesToEnd, type EndingRule } from './ending-set.js';
import { setLongTimeout, type LongTimer } from '../../long-timer.js';

const { SIGTERM, SIGCONT, SIGSTOP, SIGKILL } = constants.signals;

/**
 * postgres' backends need a few milliseconds to notice the postmaster's death. A login that stays costs this delay
 * once.
 */
const LEAVE_MS = 100;

/**
 * How long members may take after TERM, before KILL, if nobody asked for a stop. The service is down meanwhile
 * (apache's workers wait for a master that is gone), but mysqld_safe's mariadbd has data to write.
 */
const GRACE_MS = { death: 1000, 'failed-start': 1000 } as const;

/** How long after KILL foster waits for a process, which may be in an uninterruptible system call. */
const UNKILLABLE_MS = 5000;

/** How soon after KILL to check again, since foster gets no SIGCHLD for a process that has a living parent. */
const RECHECK_MS = 10;

/** A group, as `kill mode cgroup` needs it. */
interface EndedGroup {
  processes(): readonly number[];
  signal(pid: number, signals: readonly number[], calls: Pick<ProcessCalls, 'openPidfd'>): void;
  kill(calls: Pick<ProcessCalls, 'openPidfd'>): void;
}

interface Ending {
  readonly job: JobRef;
  readonly rule: EndingRule;
  /** when KILL is due */
  readonly killAt: Milliseconds;
  readonly leaveBy: Milliseconds;
  readonly giveUpAt: Milliseconds;
  /** processes that got TERM, which is sent once */
  readonly signalled: Set<Process | number>;
  timer: LongTimer | undefined;
}

interface MemberEndingOptions {
  readonly kernel: Pick<Kernel, 'processes' | 'proc' | 'now'>;
  readonly tracking: Tracking;
  /** the job's own control group, all of which `kill mode cgroup` ends; undefined if it has none */
  readonly groupOf: (job: JobRef) => EndedGroup | undefined;
  /** called when no process is left, or only unkillable ones */
  readonly ended: (job: JobRef) => void;
  readonly warn: (text: string) => void;
}

export class MemberEnding implements Part {
  readonly #endings = new Map<string, Ending>();

  constructor(private readonly options: MemberEndingOptions) {}

  readonly effects = {
    'end-members': { act: (effect) => this.#begin(effect) },
  } satisfies Effects<'end-members'>;

  /** Starts to end the processes; reports the end at once if there are none. */
  #begin({ job, mode, reason, timeout }: Extract<CoreEffect, { kind: 'end-members' }>): void {
    const { kernel, tracking } = this.options;
    const key = jobKey(job);
    const main = tracking.tracker.follower(key)?.main;
    const group =
      mode === 'group' && main !== undefined ? (tracking.handles.groupOf(main.pid) ?? main.pid) : undefined;
    const now = kernel.now() / 1e6;
    const killAt = now + (reason === 'stop' ? timeout : Math.min(timeout, GRACE_MS[reason]));
    this.#endings.set(key, {
      job,
      rule: { job: key, mode, reason, group },
      killAt,
      leaveBy: now + LEAVE_MS,
      giveUpAt: killAt + UNKILLABLE_MS,
      signalled: new Set(),
      timer: undefined,
    });
    this.#advance(key);
  }

  /** Tests whether it is waiting for a process to end. */
  get isBusy(): boolean {
    return this.#endings.size > 0;
  }

  /** Checks whether jobs have no process left, after exits. */
  onExits(): void {
    for (const key of [...this.#endings.keys()]) this.#advance(key);
  }

  close(): void {
    for (const { timer } of this.#endings.values()) timer?.dispose();
    this.#endings.clear();
  }

  #advance(key: string): void {
    const ending = this.#endings.get(key);
    if (ending === undefined) return;
    const { kernel, warn } = this.options;
    const now = kernel.now() / 1e6;
    const left = this.#left(ending);
    const leaving = now < ending.leaveBy ? mayLeaveByItself(ending.rule, this.options.tracking.tracker) : [];
    const others = this.#othersInGroup(ending, left);
    if (left.length === 0 && leaving.length === 0 && others.length === 0) return this.#finish(key, ending);
    if (now >= ending.giveUpAt) {
      const pids = [...left.map(({ pid }) => pid), ...others];
      warn(`${ending.job.name}: processes ${pids.join(', ')} cannot be killed; foster leaves them alone`);
      return this.#finish(key, ending);
    }
    if (now >= ending.killAt) this.#kill(ending);
    else this.#signalMembers(ending, left, others);
    this.#setTimer(key, ending, now, leaving.length > 0);
  }

  #left({ job, rule }: Ending): readonly Process[] {
    const { kernel, tracking, groupOf } = this.options;
    const inGroup = rule.mode === 'cgroup' ? groupOf(job)?.processes() : undefined;
    return processesToEnd(rule, tracking.tracker, kernel.proc, kernel.now(), inGroup);
  }

  /**
   * Returns processes of the job's group that the lineage does not know. foster made the group for the job alone, so
   * the job put them there, or somebody who wants them to end with the job.
   */
  #othersInGroup({ job, rule }: Ending, left: readonly Process[]): readonly number[] {
    if (rule.mode !== 'cgroup' || rule.reason === 'failed-start') return [];
    const { tracking, groupOf } = this.options;
    const main = tracking.tracker.follower(rule.job)?.main.pid;
    const known = new Set([main, ...left.map(({ pid }) => pid)]);
    return (
      groupOf(job)
        ?.processes()
        .filter((pid) => !known.has(pid)) ?? []
    );
  }

  #finish(key: string, ending: Ending): void {
    ending.timer?.dispose();
    this.#endings.delete(key);
    this.options.ended(ending.job);
  }

  /** Sends TERM, and CONT, since a stopped process cannot handle TERM. */
  #signalMembers({ job, signalled }: Ending, left: readonly Process[], others: readonly number[]): void {
    for (const process of left) {
      if (signalled.has(process)) continue;
      signalled.add(process);
      this.#signal(process, SIGTERM, SIGCONT);
    }
    for (const pid of others) {
      if (signalled.has(pid)) continue;
      signalled.add(pid);
      this.options.groupOf(job)?.signal(pid, [SIGTERM, SIGCONT], this.options.kernel.processes);
    }
  }

  /**
   * Stops all processes first, so that none forks while the others are killed. Each pass may find children forked
   * meanwhile.
   */
  #kill(ending: Ending): void {
    const stopped = new Set<Process>();
    for (;;) {
      this.options.tracking.refresh();
      const fresh = this.#left(ending).filter((process) => !stopped.has(process));
      if (fresh.length === 0) break;
      for (const process of fresh) {
        stopped.add(process);
        this.#signal(process, SIGSTOP);
      }
    }
    for (const process of stopped) this.#signal(process, SIGKILL);
    const { job, rule } = ending;
    // main has ended or been killed already
    if (rule.mode === 'cgroup') this.options.groupOf(job)?.kill(this.options.kernel.processes);
  }

  #signal(process: Process, ...signals: readonly number[]): void {
    const held = this.options.tracking.handles.hold(process);
    try {
      for (const signal of signals) held?.signal(signal);
    } finally {
      held?.close();
    }
  }

  #setTimer(key: string, ending: Ending, now: Milliseconds, leaving: boolean): void {
    ending.timer?.dispose();
    const next =
      now >= ending.killAt
        ? now + RECHECK_MS
        : leaving
          ? Math.min(ending.leaveBy, ending.killAt)
          : ending.killAt;
    ending.timer = setLongTimeout(() => {
      this.options.tracking.refresh();
      this.#advance(key);
    }, next - now);
  }
}
