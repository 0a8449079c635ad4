import type { JobClass } from './job-class.js';

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
} as const satisfies Partial<JobClass>;
