/** Writes what happens to foster's own log and to the feed. */
import type { Feed } from '../feed/feed.js';
import type { Log } from './log.js';
import type { Effects, Part } from '../engine/part.js';
import type { ReportLane } from '../engine/report-lane.js';

export class Journal implements Part {
  constructor(
    private readonly log: Log,
    private readonly feed: Feed,
    private readonly lane: Pick<ReportLane, 'add'>,
  ) {}

  readonly effects = {
    log: { report: ({ level, text }) => this.#write(level, text) },
    event: { report: ({ name, env }) => this.feed.publish({ type: 'event', name, env }) },
    'job-changed': {
      report: ({ job: { name, instance }, from, to, goal }) =>
        this.feed.publish({ type: 'state', job: name, instance, from, to, goal }),
    },
  } satisfies Effects<'log' | 'event' | 'job-changed'>;

  /** Writes to foster's own log and to the feed, in order with all other reports. */
  readonly report = (level: Parameters<Log>[0], text: string): void => {
    this.lane.add(() => this.#write(level, text));
  };

  #write(level: Parameters<Log>[0], text: string): void {
    this.log(level, text);
    this.feed.publish({ type: 'log', level, text });
  }
}
