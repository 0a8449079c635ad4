/**
 * Kills commands of `health exec` that were running when foster crashed, since nothing waits for them or limits
 * their time. They bear a special mark, so that they are found without a record of each check.
 */
import { constants } from 'node:os';
import type { Kernel } from '../../kernel/kernel.js';
import { findMarked } from '../../tracker/scan/former-processes.js';
import type { Tracker } from '../../tracker/tracker.js';
import type { ClassView } from '../core/core.js';
import type { JobRef } from '../core/contract.js';
import { jobKey, jobLabel } from '../../tracker/job-key.js';
import type { Report } from '../log/log.js';

/** Names the mark: what a check starts is not a process of the job. */
export const HEALTH_CHECK = 'health';

interface StrayProbesOptions {
  readonly kernel: Pick<Kernel, 'proc' | 'processes'>;
  readonly tracker: Pick<Tracker, 'marks' | 'former'>;
  readonly classOf: (name: string) => Pick<ClassView, 'class'> | undefined;
  readonly report: Report;
}

/** Kills what the checks of these jobs have left, as foster does at the end of a job and at a timeout. */
export function endStrayProbes(
  jobs: readonly JobRef[],
  { kernel, tracker, classOf, report }: StrayProbesOptions,
): void {
  const checked = jobs.filter(({ name }) => classOf(name)?.class.health?.by === 'exec');
  if (checked.length === 0) return;
  const marks = new Map(checked.map((job) => [tracker.marks.ofHook(jobKey(job), HEALTH_CHECK), job]));
  for (const { pid, startTime, mark } of findMarked(
    new Set(marks.keys()),
    (one) => jobKey(marks.get(one)!),
    tracker,
    kernel.proc,
  )) {
    const pidfd = kernel.processes.openPidfd(pid);
    // from now on it is this process or none
    const isSame = kernel.proc.isAlive(pid, startTime);
    if (isSame && pidfd?.signal(constants.signals.SIGKILL) === true)
      report(
        'info',
        `${jobLabel(marks.get(mark)!)}: process ${pid} of a health check was left by a crash: KILL`,
      );
    pidfd?.close();
  }
}
