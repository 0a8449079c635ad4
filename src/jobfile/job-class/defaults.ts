import type { JobClass, RespawnDelay } from './job-class.js';

/**
 * What a job class means where a field is absent. Upstart's where it has the stanza (upstart.md 2); the others are
 * foster's and say why.
 */
export const DEFAULTS = {
  respawnLimit: 10,
  respawnInterval: 5,
  expect: 'none',
  killTimeout: 5,
  killSignal: 'TERM',
  reloadSignal: 'HUP',
  console: 'log',
  umask: 0o022,
  oomScoreAdj: 0,
  /** DESIGN section 4: everything that is main's own is ended, what detached itself is left alone */
  killMode: 'session',
  /** systemd's start limit, which the authors of slow daemons have come to count on */
  startTimeout: 90,
  /** readable beside the output of other jobs */
  consoleFormat: 'prefix',
  /** a day's worth of a talkative daemon; five of them are kept, so that a job holds 60 MiB at most */
  logSize: 10 * 1024 * 1024,
  logCount: 5,
  /** Kubernetes' figures for a liveness probe, but for its timeout of a second, which a busy machine misses */
  healthInterval: 10,
  healthTimeout: 5,
  healthRetries: 3,
  healthStartPeriod: 0,
} as const satisfies Partial<JobClass>;

type Defaulted = keyof typeof DEFAULTS;

/** What the class says or, where it says nothing, what counts then. Nobody else has to know the defaults. */
export function settingOf<Field extends Defaulted>(
  jobClass: Pick<JobClass, Field>,
  field: Field,
): NonNullable<JobClass[Field]> {
  return jobClass[field] ?? (DEFAULTS[field] as NonNullable<JobClass[Field]>);
}

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
  return respawnDelay?.firstAtOnce === true ? AUTO_INTERVAL : DEFAULTS.respawnInterval;
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
