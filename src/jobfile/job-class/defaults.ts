/**
 * Defaults that are not constants (those are in job-class.ts): they depend on other fields, or it matters
 * whether the file sets the field.
 */
import { DEFAULTS, type JobClass } from './job-class.js';
import type { ProcessName, RespawnDelay } from './values.js';

/** Upstart's values of such fields: a field with this value counts as unset (to-json.ts). */
export const UPSTART_DEFAULTS = {
  ...DEFAULTS,
  respawnInterval: 5,
  killTimeout: 5,
  console: 'log',
  umask: 0o022,
  oomScoreAdj: 0,
} as const satisfies Partial<JobClass>;

/**
 * `respawn delay auto`, the default of `.ini` files. A crashed service is back at once, because one respawn
 * is usually enough. A service that crashes repeatedly gets more time, because what it needs (a database, a
 * network) usually takes seconds: ten respawns within a tenth of a second help nobody.
 */
export const AUTO_DELAY: RespawnDelay = { first: 0.1, cap: 10, resetAfter: 60, firstAtOnce: true };

/** Seconds in which the crashes of a job with `respawn delay auto` are counted. */
const AUTO_INTERVAL = 600;

/** Returns the interval of `respawn limit` in seconds: the file's, or the default for its delay. */
export function respawnIntervalOf({
  respawnInterval,
  respawnDelay,
}: Pick<JobClass, 'respawnInterval' | 'respawnDelay'>): number {
  if (respawnInterval !== undefined) return respawnInterval;
  return respawnDelay?.firstAtOnce === true ? AUTO_INTERVAL : UPSTART_DEFAULTS.respawnInterval;
}

/** Returns how long main may take to end, in seconds. */
export function killTimeoutOf({ killTimeout }: Pick<JobClass, 'killTimeout'>): number {
  return killTimeout ?? UPSTART_DEFAULTS.killTimeout;
}

/**
 * Default timeouts of hooks, in seconds. A limit for scripts of an existing /etc/init must be so long that no
 * working one ever reaches it. A pre-start may ping until the network is up or wait for a passphrase; a
 * pre-stop may shut down virtual machines one by one.
 */
export const HOOK_TIMEOUTS = {
  native: 90,
  /** security, pre-start and post-start of `.conf` jobs */
  start: 3600,
  /** pre-stop and post-stop of `.conf` jobs */
  stop: 600,
} as const;

/** Returns how long this hook may take, in seconds. */
export function hookTimeoutOf(jobClass: JobClass, hook: ProcessName): number {
  const { timeouts, killTimeout, source } = jobClass;
  const stated = timeouts[hook];
  if (stated !== undefined) return stated;
  const stops = hook === 'pre-stop' || hook === 'post-stop';
  // a kill timeout of 0 requests KILL without delay, not hooks without time
  if (stops && killTimeout !== undefined && killTimeout > 0) return killTimeout;
  if (source.syntax === 'ini') return HOOK_TIMEOUTS.native;
  return stops ? HOOK_TIMEOUTS.stop : HOOK_TIMEOUTS.start;
}
