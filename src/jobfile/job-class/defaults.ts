/**
 * What counts where a file says nothing and no constant can stand for that (those are in job-class.ts): it depends on something
 * else, or it matters whether the file says it.
 */
import { DEFAULTS, type JobClass } from './job-class.js';
import type { ProcessName, RespawnDelay } from './values.js';

/** What a class of Upstart has in such fields: what these fields are at says as much as nothing (to-json.ts). */
export const UPSTART_DEFAULTS = {
  ...DEFAULTS,
  respawnInterval: 5,
  killTimeout: 5,
  console: 'log',
  umask: 0o022,
  oomScoreAdj: 0,
} as const satisfies Partial<JobClass>;

/**
 * `respawn delay auto`, the default of `.ini` files. A service that has died is back at once, since mostly once is enough. One
 * that dies again and again is given time, as what it lacks (a database, a network) mostly takes seconds: ten respawns within
 * a tenth of a second help nobody.
 */
export const AUTO_DELAY: RespawnDelay = { first: 0.1, cap: 10, resetAfter: 60, firstAtOnce: true };

/** Seconds in which the crashes of a job with `respawn delay auto` are counted. */
const AUTO_INTERVAL = 600;

/** The seconds of `respawn limit`: those that the file states or, where it states none, what goes with its delay. */
export function respawnIntervalOf({
  respawnInterval,
  respawnDelay,
}: Pick<JobClass, 'respawnInterval' | 'respawnDelay'>): number {
  if (respawnInterval !== undefined) return respawnInterval;
  return respawnDelay?.firstAtOnce === true ? AUTO_INTERVAL : UPSTART_DEFAULTS.respawnInterval;
}

/** How long main may take to end, in seconds. */
export function killTimeoutOf({ killTimeout }: Pick<JobClass, 'killTimeout'>): number {
  return killTimeout ?? UPSTART_DEFAULTS.killTimeout;
}

/**
 * How long a process beside main may take where the file says nothing, in seconds. What bounds a script of an existing
 * /etc/init must be so long that no working one ever meets it. A pre-start may ping until the network is there or wait for
 * somebody to type a passphrase; a pre-stop may shut down virtual machines one by one.
 */
export const HOOK_TIMEOUTS = {
  native: 90,
  /** security, pre-start and post-start of `.conf` jobs */
  start: 3600,
  /** pre-stop and post-stop of `.conf` jobs */
  stop: 600,
} as const;

/** How long this hook may take, in seconds. */
export function hookTimeoutOf(jobClass: JobClass, hook: ProcessName): number {
  const { timeouts, killTimeout, source } = jobClass;
  const stated = timeouts[hook];
  if (stated !== undefined) return stated;
  const stops = hook === 'pre-stop' || hook === 'post-stop';
  // A kill timeout of 0 asks for KILL without delay, not for hooks without time.
  if (stops && killTimeout !== undefined && killTimeout > 0) return killTimeout;
  if (source.syntax === 'ini') return HOOK_TIMEOUTS.native;
  return stops ? HOOK_TIMEOUTS.stop : HOOK_TIMEOUTS.start;
}
