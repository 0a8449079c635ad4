/**
 * `foster record -- COMMAND`: starts a program like a job's main, follows it with the tracker and its sources, and
 * writes what it learns. There is no job and no respawn.
 */
import { constants } from 'node:os';
import type { Kernel, ProgramSpec } from '../../kernel/kernel.js';
import type { EventSource } from '../../tracker/sources/source.js';
import type { TrackerOutput } from '../../tracker/tracker.js';
import type { ReapedChild } from '../../tracker/reaped-children.js';
import { Tracking } from '../../tracker/tracking.js';
import { Reaper } from '../processes/reaper.js';
import { Recording } from './recording.js';

/** A trace has one job, so any name works. */
const JOB = 'recorded';

interface CommandRecorderOptions {
  readonly kernel: Kernel;
  readonly source: EventSource;
  readonly program: ProgramSpec;
  /** writes one line, which includes its newline */
  readonly write: (line: string) => void;
}

export class CommandRecorder {
  /** resolves when no process of the program is left; after `stop`, when only detached ones are left */
  readonly ended: Promise<void>;
  readonly recording: Recording;
  readonly #tracking: Tracking;
  readonly #reaper: Reaper;
  #end!: () => void;
  #launcher: number | undefined;
  #stopping = false;
  /** deaths that are written together with the events of the same moment */
  #deaths: readonly ReapedChild[] = [];

  constructor(private readonly options: CommandRecorderOptions) {
    const { kernel, source, write } = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.recording = new Recording(() => kernel.now(), write);
    this.#tracking = new Tracking(kernel, source, (outputs) => this.#onOutputs(outputs));
    this.#reaper = new Reaper({
      processes: kernel.processes,
      beforeReap: (pid, status) => source.beforeReap?.(pid, status),
      onDeaths: (deaths) => this.#onDeaths(deaths),
      onStopped: () => undefined,
      onTrapped: (pid, status) => void source.onTrap?.(pid, status),
    });
  }

  /**
   * Becomes a subreaper, starts to receive events, and starts the program.
   * @throws SystemError if it cannot be started
   */
  start(): void {
    const { kernel, program, source } = this.options;
    kernel.processes.becomeSubreaper();
    this.#tracking.start();
    const prepared = kernel.processes.prepare(program);
    try {
      const { argv } = program;
      this.recording.note({ ev: 'start', argv, recorder: process.pid, source: source.name });
      const before = kernel.now();
      const start = (): { readonly pid: number } => {
        const pid = prepared.spawn();
        this.#launcher = pid;
        this.recording.note({ ev: 'P0', pid }, before);
        return { pid };
      };
      this.#tracking.launch(JOB, start, () => argv);
    } finally {
      prepared.release();
    }
    this.#reaper.start();
  }

  /** Signals main, and records it. @param whole `group`: its process group, as for a stop */
  send(signal: number, whole: 'process' | 'group' = 'process'): void {
    const main = this.#tracking.tracker.follower(JOB)?.main;
    if (main?.ended !== undefined || main === undefined) return;
    this.recording.note({ ev: 'sent', pid: main.pid, sig: signal });
    this.#tracking.handles.signal(main.pid, signal, whole);
  }

  /** Ends the program: by TERM to main or, at a second call, by KILL to all processes. */
  stop(): void {
    const { tracker } = this.#tracking;
    if (this.#stopping) {
      for (const process of tracker.living(JOB)) {
        const held = this.#tracking.handles.hold(process);
        held?.signal(constants.signals.SIGKILL);
        held?.close();
      }
      return;
    }
    this.#stopping = true;
    this.#tracking.endRequested(JOB);
    this.send(constants.signals.SIGTERM, 'group');
    this.#check();
  }

  /** Writes the end of the trace, and releases everything. */
  close(): void {
    // the exit event of the last process may have come before it could be reaped
    this.#reaper.collect();
    this.recording.note({ ev: 'end' });
    this.#reaper.close();
    this.#tracking.stop();
  }

  #onDeaths(deaths: readonly ReapedChild[]): void {
    this.#deaths = deaths;
    this.#tracking.ended(deaths);
    // those that are not in the lineage: orphans of other processes
    this.#writeDeaths(this.options.kernel.now());
    this.#check();
  }

  #onOutputs(outputs: readonly TrackerOutput[]): void {
    const now = this.options.kernel.now();
    const events = outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []));
    this.recording.events(events, now);
    this.#writeDeaths(now);
    const verdicts = outputs.flatMap((output) => (output.kind === 'verdict' ? [output.verdict] : []));
    if (verdicts.some(({ verdict }) => verdict === 'hand-off')) this.#writeProgram(now);
    for (const verdict of verdicts) this.recording.verdict(verdict);
    this.#check();
  }

  /** Records the program of main, by which a replay recognises a binary upgrade. */
  #writeProgram(now: number): void {
    const main = this.#tracking.tracker.follower(JOB)?.main;
    if (main === undefined) return;
    const { argv = null, executable: exe = null } = main.image;
    this.recording.note({ ev: 'program', pid: main.pid, argv, exe }, now, now);
  }

  #writeDeaths(now: number): void {
    const deaths = this.#deaths;
    this.#deaths = [];
    for (const { pid, status } of deaths) {
      this.recording.note({ ev: 'reap', pid, status, p0: pid === this.#launcher }, now, now);
    }
  }

  #check(): void {
    const { tracker } = this.#tracking;
    // the follower knows whether the run is over; the forks of a zombie may still be unread
    if (this.#launcher === undefined || tracker.follower(JOB)?.over !== true) return;
    const now = this.options.kernel.now();
    const left = tracker
      .living(JOB)
      .filter((process) => !this.#stopping || !tracker.isDetached(process, now));
    if (left.length === 0) this.#end();
  }
}
