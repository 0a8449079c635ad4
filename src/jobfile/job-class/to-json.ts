import { expressionToJson } from '../expression/print.js';
import type { JobClass } from './job-class.js';

/**
 * A class as `foster check --json` prints it: every field that is not at its default, expressions as nested arrays, the
 * umask in octal. Of a `.conf` file it is what Upstart would have: that ignores `debug` (outside `--debug`) and `cgroup`
 * (without cgmanager) and keeps nothing of `manual`, so these are left out.
 */
export function classToJson(job: JobClass): Readonly<Record<string, unknown>> {
  const { source, startOn, stopOn, killSignal, reloadSignal, umask, debug, cgroup, manual, ...others } = job;
  const stated = Object.entries(others).filter(([field, value]) => field !== 'name' && !isEmpty(value));
  return {
    ...Object.fromEntries(stated),
    ...(startOn !== undefined && { startOn: expressionToJson(startOn) }),
    ...(stopOn !== undefined && { stopOn: expressionToJson(stopOn) }),
    ...(killSignal !== undefined && { killSignal: signalToJson(killSignal) }),
    ...(reloadSignal !== undefined && { reloadSignal: signalToJson(reloadSignal) }),
    ...(umask !== undefined && { umask: umask.toString(8).padStart(4, '0') }),
    ...(source.syntax === 'ini' && manual !== undefined && { manual }),
    ...(source.syntax === 'ini' && debug !== undefined && { debug }),
    ...(source.syntax === 'ini' && cgroup !== undefined && { cgroup }),
  };
}

/** A signal without a name stays a number; `reload signal 0` is how a job says that it cannot reload. */
function signalToJson(signal: string): string | number {
  return /^\d+$/.test(signal) ? Number(signal) : signal;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
