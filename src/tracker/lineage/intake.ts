/**
 * Enters events into the lineage, and reports which job each concerns. The lineage makes the notices of
 * adoption. Decides nothing.
 */
import type { DetachWatch } from './detach-watch.js';
import type { Nanoseconds, OverflowEvent, ProcessEvent } from '../events.js';
import type { Evidence } from '../follower/evidence.js';
import type { Lineage } from './lineage.js';
import type { Process } from '../model.js';
import type { TrackedJob, TrackedJobs } from '../tracked-jobs.js';

interface IntakeOptions {
  /** the supervisor's pid: a fork event that names it as the parent is a launch, or a clone(CLONE_PARENT) */
  readonly self: number;
  readonly lineage: Lineage;
  readonly jobs: TrackedJobs;
  readonly leavers: DetachWatch;
  readonly evidence: Evidence;
  /**
   * called when something happened to a process of this job; without an event if only this job needs to know
   */
  readonly changed: (job: TrackedJob, event: ProcessEvent | undefined) => void;
  readonly overflowed: (event: OverflowEvent) => void;
}

export class Intake {
  constructor(private readonly options: IntakeOptions) {}

  observe(event: ProcessEvent): void {
    const { lineage, overflowed } = this.options;
    switch (event.type) {
      case 'fork':
        this.#fork(event.parent, event.child, event.time, event);
        return;
      case 'exec':
        this.#changed(lineage.exec(event.pid, event.time, event.argv, event.executable), event);
        return;
      case 'sid':
        this.#setsid(event.pid, event.time, event);
        return;
      case 'exit':
        this.exit(event.pid, event.time, event.status, event);
        return;
      case 'uid':
      case 'gid':
      case 'comm':
      case 'ptrace':
      case 'coredump':
      case 'namespace':
        this.#changed(lineage.get(event.pid), event);
        return;
      case 'overflow':
        // answered by a scan of /proc (resync.ts)
        overflowed(event);
        return;
      case 'adopted':
        return;
    }
  }

  /**
   * Records that a process has ended, from an event or from waitid(2). Only the first report is passed on.
   */
  exit(pid: number, time: Nanoseconds, status: number | undefined, event?: ProcessEvent): void {
    const { lineage } = this.options;
    const process = lineage.get(pid);
    if (process === undefined) return;
    const isNews = process.ended === undefined;
    const adopted = lineage.exit(pid, time, status);
    const news = event ?? { type: 'exit', time, pid, ...(status !== undefined && { status }) };
    this.#changed(process, isNews ? news : undefined);
    for (const notice of adopted) this.#changed(process, notice);
  }

  /**
   * Reads a process's program from /proc. A launcher that lives for a few milliseconds is gone before its
   * exec event is read. Its successor runs the same program, which later identifies a binary upgrade.
   * @param upgraded the main of which it is a binary upgrade: it runs the same program. The kernel reports an exec a moment
   *   before /proc shows the arguments, and by now unicorn has replaced them by a title
   */
  readProgram(process: Process, upgraded?: Process): void {
    const { image } = process;
    if (image.argv !== undefined) return;
    if (upgraded?.image.argv !== undefined) {
      process.image = { ...image, argv: upgraded.image.argv };
      return;
    }
    const program = this.options.evidence.programOf?.(process);
    if (program !== undefined) process.image = { ...process.image, ...program };
  }

  #fork(parent: number, child: number, time: Nanoseconds, event: ProcessEvent): void {
    const { lineage, self } = this.options;
    const known = lineage.get(child);
    if (parent !== self) {
      const process = lineage.fork(parent, child, time);
      if (process !== undefined) this.#readProgramOfOrphan(process);
      this.#changed(process, event);
    } else if (known?.launcher === known && known !== undefined) this.#changed(known, event);
    else this.#forkByChildOfOurs(child, time, event);
    // the pid was reused: its former owner is gone, and the job must learn of that
    if (known?.ended !== undefined) this.#changed(known, undefined);
  }

  /**
   * A creator that is gone could not be read (nghttpx lives for 20 ms after its exec), but its child runs the same
   * program. Where the program is known, /proc is left alone: a look there costs more than all else about a fork.
   */
  #readProgramOfOrphan(child: Process): void {
    const { creator, image } = child;
    if (image.argv !== undefined || creator === undefined) return;
    if (!this.options.evidence.isAlive(creator)) this.readProgram(child);
  }

  /**
   * Assigns a child of foster by its session: clone(CLONE_PARENT) reports the creator's parent, which is
   * foster itself.
   */
  #forkByChildOfOurs(child: number, time: Nanoseconds, event: ProcessEvent): void {
    const { jobs, lineage, evidence } = this.options;
    const session = evidence.sessionOf(child);
    for (const { follower } of jobs.all()) {
      if (session === undefined || follower?.main.session.id !== session) continue;
      this.#changed(lineage.fork(follower.main.pid, child, time), event);
      return;
    }
    lineage.pidReused(child, time);
  }

  #setsid(pid: number, time: Nanoseconds, event: ProcessEvent): void {
    const { lineage, leavers } = this.options;
    const before = lineage.get(pid)?.session;
    const process = lineage.setsid(pid, time);
    this.#changed(process, event);
    // a setsid reported twice, by an event and from /proc, counts once
    if (process !== undefined && process.launcher !== process && process.session !== before)
      leavers.noted(process, time);
  }

  #changed(process: Process | undefined, event: ProcessEvent | undefined): void {
    const job = process && this.options.jobs.of(process);
    if (job !== undefined) this.options.changed(job, event);
  }
}
