/**
 * `foster record --job NAME`: writes a trace from the feed of a running supervisor (`foster events`). The supervisor
 * may see more than this process could, and it knows its own stops.
 */
import { constants } from 'node:os';
import type { Kernel } from '../../kernel/kernel.js';
import { takeSnapshot } from '../../tracker/scan/snapshot.js';
import type { FeedEntry } from '../api/feed.js';
import type { JobStatus } from '../api/job-status.js';
import { eventsOfExisting } from './existing.js';
import { Recording } from './recording.js';

interface FeedRecorderOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'now'>;
  /** the supervisor's pid and event source */
  readonly supervisor: { readonly pid: number; readonly source: string };
  readonly write: (line: string) => void;
}

/** Records one run: the current one, or the next one. */
export class FeedRecorder {
  readonly recording: Recording;
  #state: 'waiting' | 'recording' | 'over' = 'waiting';
  #main = 0;

  constructor(private readonly options: FeedRecorderOptions) {
    this.recording = new Recording(() => options.kernel.now(), options.write);
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Records the current state of the job, at the start of the feed. */
  start({ launcher, main }: Pick<JobStatus, 'launcher' | 'main'>): void {
    const first = launcher ?? main;
    if (first === null) return;
    const { kernel } = this.options;
    const snapshot = takeSnapshot(kernel);
    const now = snapshot.completeAt;
    this.#launch(first, snapshot.argv(first) ?? [], snapshot.processes.get(first)?.started ?? now);
    this.recording.events(eventsOfExisting(first, snapshot), now);
    if (main !== null) this.#main = main;
  }

  /** Records one entry of the feed. */
  onEntry(entry: FeedEntry): void {
    switch (entry.type) {
      case 'process':
        if (this.#state === 'recording') this.recording.events([entry.event]);
        return;
      case 'verdict':
        return this.#verdict(entry.verdict, entry.pid, entry.reason);
      case 'state':
        // from now on an end of main is never a hand-off
        if (entry.to === 'killed' && this.#state === 'recording')
          this.recording.note({ ev: 'sent', pid: this.#main, sig: constants.signals.SIGTERM });
        return;
      case 'missed':
        return this.recording.note({ ev: 'note', text: `${entry.count} entries were missed` });
      case 'event':
      case 'history':
      case 'log':
        return;
    }
  }

  #verdict(verdict: string, pid: number, reason: string): void {
    if (this.#state === 'waiting' && verdict === 'main') {
      this.#launch(pid, this.options.kernel.proc.arguments(pid) ?? [], this.options.kernel.now());
      return;
    }
    if (this.#state !== 'recording') return;
    this.recording.verdict({ verdict, pid, reason });
    if (verdict === 'main') this.#main = pid;
    if (verdict !== 'died' && verdict !== 'ended') return;
    this.recording.note({ ev: 'end' });
    this.#state = 'over';
  }

  #launch(pid: number, argv: readonly string[], born: number): void {
    const { pid: recorder, source } = this.options.supervisor;
    this.recording.note({ ev: 'start', argv, recorder, source }, born);
    this.recording.note({ ev: 'P0', pid }, born);
    this.#main = pid;
    this.#state = 'recording';
  }
}
