/** What a feed of `foster events` may contain: one entry of each kind. */
import type { FeedEntry } from '../../src/supervisor/api/feed.js';
import type { Served } from '../control/serve.js';

const at = '2026-01-02T03:04:05.678Z';

export const FEED_ENTRIES: readonly FeedEntry[] = [
  { at, type: 'event', name: 'started', env: ['JOB=web'] },
  { at, type: 'state', job: 'web', instance: '', from: 'spawned', to: 'post-start', goal: 'start' },
  {
    at,
    type: 'verdict',
    job: 'web',
    instance: 'a',
    verdict: 'hand-off',
    pid: 5,
    reason: 'the launcher ended',
  },
  { at, type: 'process', job: 'web', event: { type: 'fork', time: 1, parent: 1, child: 2 } },
  { at, type: 'log', level: 'info', text: 'hello' },
  { at, type: 'missed', count: 3 },
];

/** Sends them to whoever follows the feed, and then ends the supervisor. */
export function publishFeedEntries(served: Served): void {
  served.api.onSubscribe = () => {
    for (const entry of FEED_ENTRIES) served.api.publish(entry);
    setImmediate(() => {
      served.server.close();
    });
  };
}
