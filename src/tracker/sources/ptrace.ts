/**
 * ptrace as an event source, for the first seconds of a job. It misses nothing of a starting program: each
 * process is stopped until it is known, and the exit statuses of intermediates are reported. Then foster
 * detaches, because under a tracer every fork is slow, debuggers cannot attach, and setuid programs lose
 * their rights. After that, the procfs source takes over.
 */
import type { Kernel } from '../../kernel/kernel.js';
import {
  createdBy,
  detach,
  isThreadOf,
  detachStranger,
  traceStop,
  type TraceStop,
} from '../../kernel/process/ptrace.js';
import type { Nanoseconds, ProcessEvent } from '../events.js';
import type { TrackerView } from '../scan/known.js';
import { lookAt } from '../scan/snapshot.js';
import { CAPABILITIES, type EventSource, type SourceName } from './source.js';
import { ProcfsSource } from './procfs.js';
import { SessionWatch } from './session-watch.js';
import { Tracees, type Tracee } from './tracees.js';
import { TracerPrograms, losesRightsUnderTracer } from './untraceable.js';

type Deliver = (events: readonly ProcessEvent[]) => void;

/**
 * When to detach from a job that has not settled. By then all but a few daemons are up (pg_ctlcluster 2.3 s,
 * spamd 2 s), and these are in the lineage with all their processes.
 */
const MAX_TRACE_MS = 5000;

/** How long a stopped process may wait for its creator's event: both come within microseconds. */
const UNCLAIMED_MS = 100;

export class PtraceSource implements EventSource {
  readonly name = 'ptrace';
  readonly capabilities = CAPABILITIES.ptrace;
  #listening: { readonly deliver: Deliver; readonly tracker: TrackerView } | undefined;
  readonly #tracees = new Tracees();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  /** new threads that stopped before their creator's event arrived */
  readonly #unclaimed = new Map<number, NodeJS.Timeout>();
  /** launchers that may have created processes before they were seized */
  readonly #unchecked = new Set<number>();
  /** launchers that are not traced */
  readonly #untraced = new Set<number>();
  readonly #sessions: SessionWatch;
  readonly #tracers = new TracerPrograms();
  readonly #procfs: ProcfsSource;
  #events: ProcessEvent[] = [];
  #flushing: NodeJS.Immediate | undefined;

  constructor(private readonly kernel: Pick<Kernel, 'proc' | 'now'>) {
    this.#sessions = new SessionWatch(kernel.proc);
    this.#procfs = new ProcfsSource(kernel);
  }

  start(deliver: Deliver, tracker: TrackerView): void {
    this.#listening = { deliver, tracker };
    this.#procfs.start(deliver, tracker);
  }

  drain(): void {
    this.#flush();
    if (this.#seesAll()) return;
    this.#procfs.drain();
    this.#unchecked.clear();
  }

  follow(pid: number): void {
    const seized = this.#isHarmed(pid) ? 'forbidden' : this.#tracees.seize(pid, pid);
    if (seized === 'forbidden') {
      const { lineage } = this.#listening?.tracker ?? {};
      for (const other of this.#untraced) if (lineage?.get(other) === undefined) this.#untraced.delete(other);
      this.#untraced.add(pid);
      this.#procfs.follow(pid);
      return;
    }
    this.#untraced.delete(pid);
    this.#sessions.add(pid, pid);
    this.#reportProgram(pid);
    this.#timers.set(
      pid,
      setTimeout(() => this.#giveUp(pid), MAX_TRACE_MS),
    );
    // look for processes created before the seize, once the launch is known
    this.#unchecked.add(pid);
    setImmediate(() => this.#seizeDescendants(pid));
  }

  onSettled(launcher: number): void {
    if (this.#timers.has(launcher)) this.#letGo(launcher);
    this.#procfs.onSettled(launcher);
  }

  beforeReap(pid: number): void {
    if (!this.#seesAll()) this.#procfs.beforeReap(pid);
    this.#tracees.remove(pid);
    this.#sessions.remove(pid);
  }

  /** Returns the source that follows a job: not every program can be traced. */
  sourceOf(launcher: number): SourceName {
    return this.#untraced.has(launcher) ? 'procfs' : this.name;
  }

  onTrap(thread: number, status: number): number | undefined {
    const stop = traceStop(status);
    const tracee = this.#tracees.get(thread);
    if (tracee !== undefined) return this.#stopped(tracee, stop);
    if (stop.kind === 'pause') this.#holdUnclaimed(thread);
    // a tracee of a former supervisor, which this one has replaced
    else detachStranger(thread, status);
    return undefined;
  }

  /**
   * Stops tracing. Tracees that still run are stopped, and our successor detaches from them (`trapped`), or,
   * without one, the kernel does.
   */
  stop(): void {
    for (const launcher of this.#tracees.launchers()) this.#tracees.release(launcher);
    for (const timer of [...this.#timers.values(), ...this.#unclaimed.values()]) clearTimeout(timer);
    clearImmediate(this.#flushing);
    this.#timers.clear();
    this.#unclaimed.clear();
    this.#sessions.clear();
    this.#procfs.stop();
    this.#listening = undefined;
    this.#events = [];
  }

  /** @returns the stop signal, if it has stopped as an untraced process would */
  #stopped(tracee: Tracee, stop: TraceStop): number | undefined {
    switch (stop.kind) {
      case 'created':
        this.#created(tracee, stop.byClone);
        this.#tracees.resume(tracee);
        return undefined;
      case 'exec':
        this.#execed(tracee);
        this.#tracees.resume(tracee);
        return undefined;
      case 'signal':
        this.#tracees.resume(tracee, stop.signal);
        return undefined;
      case 'pause':
        this.#tracees.resume(tracee);
        return undefined;
      case 'stopped':
        this.#tracees.stayStopped(tracee);
        return tracee.thread === tracee.pid ? stop.signal : undefined;
    }
  }

  #created(creator: Tracee, byClone: boolean): void {
    const thread = createdBy(creator.thread);
    if (thread === undefined) return;
    const { pid: parent, launcher } = creator;
    const isThread = byClone && isThreadOf(parent, thread);
    const child: Tracee = { thread, pid: isThread ? parent : thread, launcher };
    this.#tracees.add(child);
    if (!isThread) {
      const time = this.kernel.now();
      this.#deliver(...this.#sessions.forked(parent, thread, time), {
        type: 'fork',
        parent,
        child: thread,
        time,
      });
    }
    const waiting = this.#unclaimed.get(thread);
    if (waiting === undefined) return;
    clearTimeout(waiting);
    this.#unclaimed.delete(thread);
    this.#tracees.resume(child);
  }

  /**
   * Reports the program of a launcher. A script that foster starts may have exec'd the program before it was
   * seized, and a binary upgrade is identified by that program's arguments. The time of that exec is unknown,
   * so the exec is reported at the launcher's start: what it has created so far may be of either image.
   */
  #reportProgram(launcher: number): void {
    const now = this.kernel.now();
    const seen = lookAt(this.kernel.proc, launcher);
    if (seen?.dead === false) this.#reportExec(launcher, Math.min(seen.started, now));
  }

  #reportExec(pid: number, time: Nanoseconds): void {
    const { proc } = this.kernel;
    const argv = proc.arguments(pid);
    const executable = proc.executable(pid);
    // it is stopped before the first instruction of the new program
    const { before } = this.#sessions.execed(pid, { argv, executable }, '', time, true);
    this.#deliver(...before, {
      type: 'exec',
      time,
      pid,
      ...(argv !== undefined && { argv }),
      ...(executable !== undefined && { executable }),
    });
  }

  #execed({ pid, launcher }: Tracee): void {
    this.#tracees.removeOtherThreads(pid);
    this.#reportExec(pid, this.kernel.now());
    // what it has created so far is known
    if (!this.#isHarmed(pid)) return;
    this.#untraced.add(launcher);
    this.#giveUp(launcher);
  }

  /**
   * Tests whether tracing would harm a process: a debugger could not trace, and a setuid program would lose
   * its rights.
   */
  #isHarmed(pid: number): boolean {
    return losesRightsUnderTracer(pid) || this.#tracers.includes(pid);
  }

  /**
   * Holds a stopped thread until its creator's event arrives. If it does not, the thread is a stranger's, and
   * foster detaches.
   */
  #holdUnclaimed(thread: number): void {
    this.#unclaimed.set(
      thread,
      setTimeout(() => {
        this.#unclaimed.delete(thread);
        detach(thread);
      }, UNCLAIMED_MS),
    );
  }

  #seizeDescendants(launcher: number): void {
    if (this.#unchecked.has(launcher)) this.drain();
    let hasSeized = false;
    for (const process of this.#listening?.tracker.lineage.all() ?? []) {
      const { pid, session, ended } = process;
      if (process.launcher.pid !== launcher || ended !== undefined || this.#tracees.get(pid) !== undefined)
        continue;
      if (this.#isHarmed(pid)) {
        this.#untraced.add(launcher);
        this.#giveUp(launcher);
        return;
      }
      if (this.#tracees.seize(pid, launcher) !== 'seized') continue;
      this.#sessions.add(pid, session.id);
      hasSeized = true;
    }
    // what they have exec'd between the look and now
    if (hasSeized) this.#procfs.drain();
  }

  /** Detaches from a job that has not settled; procfs follows it from now on. */
  #giveUp(launcher: number): void {
    this.#letGo(launcher);
    this.#procfs.takeOver(launcher);
  }

  #letGo(launcher: number): void {
    clearTimeout(this.#timers.get(launcher));
    this.#timers.delete(launcher);
    this.#flush();
    this.#tracees.release(launcher);
  }

  /** Tests whether all living processes of all lineages are traced. */
  #seesAll(): boolean {
    if (this.#unchecked.size > 0) return false;
    for (const { pid, ended } of this.#listening?.tracker.lineage.all() ?? []) {
      if (ended === undefined && this.#tracees.get(pid) === undefined) return false;
    }
    return true;
  }

  #deliver(...events: ProcessEvent[]): void {
    this.#events.push(...events);
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const events = [...this.#events, ...this.#sessions.checkAll(this.kernel.now())];
    this.#events = [];
    if (events.length > 0) this.#listening?.deliver(events);
  }
}
