/**
 * `foster record --pid PID`: follows a running process, which is not foster's child. That takes a source that sees
 * all processes of the machine, and exit statuses come from its events.
 */
import type { Kernel } from '../../kernel/kernel.js';
import type { EventSource } from '../../tracker/sources/source.js';
import { takeSnapshot } from '../../tracker/scan/snapshot.js';
import type { TrackerOutput } from '../../tracker/tracker.js';
import { Tracking } from '../../tracker/tracking.js';
import { eventsOfExisting } from './existing.js';
import { Recording } from './recording.js';

const JOB = 'recorded';

/** There is no such process. The message is one sentence. */
export class NoSuchProcessError extends Error {
  override readonly name = 'NoSuchProcessError';
}

interface ProcessRecorderOptions {
  readonly kernel: Kernel;
  /** the connector, which reports all processes */
  readonly source: EventSource;
  readonly pid: number;
  readonly write: (line: string) => void;
}

export class ProcessRecorder {
  /** resolves when the process and all its descendants have ended */
  readonly ended: Promise<void>;
  readonly recording: Recording;
  #end!: () => void;
  #tracking: Tracking | undefined;

  constructor(private readonly options: ProcessRecorderOptions) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.recording = new Recording(() => options.kernel.now(), options.write);
  }

  /** @throws NoSuchProcessError */
  start(): void {
    const { kernel, source, pid } = this.options;
    const { proc } = kernel;
    const parent = proc.stat(pid)?.parent;
    if (parent === undefined) throw new NoSuchProcessError(`there is no process ${pid}`);
    // its parent takes the supervisor's role: a fork event with it as the creator means clone(CLONE_PARENT)
    const tracking = new Tracking(kernel, source, (outputs) => this.#onOutputs(outputs), parent);
    this.#tracking = tracking;
    tracking.start();
    // after the start, so that every fork is either in the snapshot or reported by the source
    const snapshot = takeSnapshot(kernel);
    const now = snapshot.completeAt;
    const argv = snapshot.argv(pid) ?? [];
    const born = snapshot.processes.get(pid)?.started ?? now;
    this.recording.note({ ev: 'start', argv, recorder: parent, source: source.name }, born);
    this.recording.note({ ev: 'P0', pid }, born);
    tracking.tracker.launch(JOB, pid, born, now, argv);
    source.follow(pid);
    tracking.tracker.observe(eventsOfExisting(pid, snapshot), now);
    tracking.refresh();
  }

  close(): void {
    this.recording.note({ ev: 'end' });
    this.#tracking?.stop();
  }

  #onOutputs(outputs: readonly TrackerOutput[]): void {
    this.recording.events(outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : [])));
    for (const output of outputs) if (output.kind === 'verdict') this.recording.verdict(output.verdict);
    if (this.#tracking?.tracker.living(JOB).length === 0) this.#end();
  }
}
