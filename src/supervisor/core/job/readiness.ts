/**
 * When `spawned` is left, which is to say when the job has started (DESIGN section 4, "When is a job running?"), and
 * when a run has settled, which `foster start` waits for.
 *
 *      rule       from                                    ready when
 *      exec       `ready exec`; a `.conf` job; any task   the program runs
 *      stop       `expect stop`                           main has stopped itself
 *      hand-off   `expect fork|daemon`, `ready daemonised` another process is main, and has lived 100 ms
 *      auto       `ready auto`, the default of `.ini`     the same, or the launcher has stayed up for a second
 *      notice     `ready notify|fd|port|path|log`         the runtime says so
 */
import type { Expect, JobClass } from '../../../jobfile/job-class/job-class.js';
import type { Milliseconds } from '../contract.js';

export type ReadinessRule = 'exec' | 'stop' | 'hand-off' | 'auto' | 'notice';

/**
 * How long a process that has taken over must live to be believed. Intermediates of a daemonisation end within a few
 * milliseconds of the one before; a daemon that cannot bind its port or read its configuration does so as fast.
 */
export const HAND_OFF_SETTLES_AFTER: Milliseconds = 100;

/**
 * How long the launcher's program must stay up to be taken for main itself: a second is supervisord's and Pebble's figure,
 * and what is above it is for postfix, which sleeps a second before it ends with an error.
 */
export const FOREGROUND_AFTER: Milliseconds = 1250;

export function readinessRule({ ready, expect, task }: JobClass): ReadinessRule {
  // `ready` is the more exact word, where a job file has both
  const rule = ready === undefined ? ruleOfExpect(expect) : ruleOfReady(ready.when);
  // A task is done when its process is: holding back `started` to see whether it stays up would make no sense.
  return rule === 'auto' && task === true ? 'exec' : rule;
}

function ruleOfExpect(expect: Expect): ReadinessRule {
  switch (expect) {
    case 'fork':
    case 'daemon':
      return 'hand-off';
    case 'stop':
      return 'stop';
    case 'none':
      return 'exec';
  }
}

function ruleOfReady(when: NonNullable<JobClass['ready']>['when']): ReadinessRule {
  switch (when) {
    case 'exec':
      return 'exec';
    case 'auto':
      return 'auto';
    case 'daemonised':
      return 'hand-off';
    case 'notify':
    case 'fd':
    case 'port':
    case 'path':
    case 'log':
      return 'notice';
  }
}

/**
 * Whether the class itself promises more than Upstart knew of: a main that ends before it has kept such a promise has
 * failed, whatever its status. (With `expect`, a program that exits 0 has merely ended, as in Upstart.)
 */
export function promisesReadiness(jobClass: JobClass): boolean {
  if (jobClass.ready === undefined) return false;
  const rule = ruleOfReady(jobClass.ready.when);
  return rule === 'notice' || rule === 'hand-off';
}
