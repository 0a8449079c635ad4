/**
 * Decides when a job leaves `spawned`, which means that it has started (DESIGN section 4, "When is a job
 * running?"), and when a run has settled, which `foster start` waits for.
 *
 *      rule       from                                    ready when
 *      exec       `ready exec`; a `.conf` job; any task   the program runs
 *      stop       `expect stop`                           main has stopped itself
 *      hand-off   `expect fork|daemon`, `ready daemonised` another process is main, and has lived 100 ms
 *      auto       `ready auto`, the default of `.ini`     the same, or the launcher has stayed up for a second
 *      notice     `ready notify|fd|port|path|log`         the runtime reports it
 */
import type { Expect, JobClass } from '../../../jobfile/job-class/job-class.js';
import type { Milliseconds } from '../contract.js';

export type ReadinessRule = 'exec' | 'stop' | 'hand-off' | 'auto' | 'notice';

/**
 * How long a process that has taken over must live to count as main. Intermediates of a daemonisation end
 * within a few milliseconds of their predecessor; so do daemons that cannot bind their port or read their
 * configuration.
 */
export const HAND_OFF_SETTLES_AFTER: Milliseconds = 100;

/**
 * How long the launcher's program must stay up to count as main itself. supervisord and Pebble use one
 * second; the rest is for postfix, which sleeps a second before it exits with an error.
 */
export const FOREGROUND_AFTER: Milliseconds = 1250;

export function readinessRule({ ready, expect, task }: JobClass): ReadinessRule {
  // `ready` is more precise, if a job file has both
  const rule = ready === undefined ? ruleOfExpect(expect) : ruleOfReady(ready.when);
  // a task is done when its process is: delaying `started` to see whether it stays up would make no sense
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
 * Tests whether the class promises more than Upstart can express. A main that ends before it has kept such a
 * promise has failed, whatever its status. (With `expect`, a program that exits with 0 has merely ended, as
 * in Upstart.)
 */
export function promisesReadiness(jobClass: JobClass): boolean {
  if (jobClass.ready === undefined) return false;
  const rule = ruleOfReady(jobClass.ready.when);
  return rule === 'notice' || rule === 'hand-off';
}
