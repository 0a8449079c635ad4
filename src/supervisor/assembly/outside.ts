import type { Tracking } from '../../tracker/tracking.js';
import type { PendingCommands } from '../commands/pending-commands.js';
import type { Core } from '../core/core.js';
import type { Feed } from '../feed/feed.js';
import { ProcessIdentities } from '../state/process-identities.js';
import type { SnapshotSources } from '../state/snapshot.js';
import type { Foundation } from './foundation.js';
import type { Given } from './given.js';
import type { Services } from './services.js';

/**
 * The same parts for whoever acts outside the engine's turns, on a timer, a signal or a request: before anything of them is
 * used, what has been put off is completed, and what has happened is reported (report-lane.ts).
 */
export interface Outside {
  readonly core: Core;
  readonly tracking: Tracking;
  readonly commands: PendingCommands;
  readonly feed: Feed;
  readonly snapshot: SnapshotSources;
}

export function makeOutside(
  { kernel, lane }: Given,
  { core, tracking, commands, feed, now }: Foundation,
  { launcher: { gates }, groups }: Pick<Services, 'launcher' | 'groups'>,
): Outside {
  const gatedCore = gated(core, lane.flush);
  const gatedTracking = gated(tracking, lane.flush);
  return {
    core: gatedCore,
    tracking: gatedTracking,
    commands: gated(commands, lane.flush),
    feed: gated(feed, lane.flush),
    snapshot: {
      core: gatedCore,
      tracking: gatedTracking,
      gates,
      identities: new ProcessIdentities(kernel),
      groups,
      now,
    },
  };
}

/**
 * The same object, on which `enter` is called before anything of it is used. The control socket is given the supervisor's
 * API in this form, so that no call can forget that reports may still wait (report-lane.ts).
 */
export function gated<T extends object>(inside: T, enter: () => void): T {
  return new Proxy(inside, {
    get: (_proxy, name) => {
      enter();
      const value: unknown = Reflect.get(inside, name, inside);
      return typeof value === 'function' ? (value.bind(inside) as unknown) : value;
    },
  });
}
