import type { Tracking } from '../../tracker/tracking.js';
import type { PendingCommands } from '../commands/pending-commands.js';
import type { Core } from '../core/core.js';
import type { Feed } from '../feed/feed.js';
import { ProcessIdentities } from '../state/process-identities.js';
import type { SnapshotSources } from '../state/snapshot.js';
import type { Foundation } from './foundation.js';
import type { AssemblyInputs } from './inputs.js';
import type { Services } from './services.js';

/**
 * Parts for callers outside the engine's turns: timers, signals and requests. Every access first delivers pending
 * reports (engine/report-lane.ts).
 */
export interface Outside {
  readonly core: Core;
  readonly tracking: Tracking;
  readonly commands: PendingCommands;
  readonly feed: Feed;
  readonly snapshot: SnapshotSources;
}

export function makeOutside(
  { kernel, lane }: AssemblyInputs,
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
 * Wraps an object so that every access first calls `enter`. The control socket gets the API in this form, so that no
 * request sees a state whose reports are still pending.
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
