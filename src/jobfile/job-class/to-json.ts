import { expressionToJson } from '../expression/print.js';
import { respawnIntervalOf, UPSTART_DEFAULTS } from './defaults.js';
import type { JobClass } from './job-class.js';

/**
 * Returns a class as printed by `foster check --json`: every field that is not at its default, expressions as
 * nested arrays, the umask in octal. For a `.conf` file, it is what Upstart would have. Upstart ignores
 * `debug` (outside `--debug`) and `cgroup` (without cgmanager) and does not store `manual`, so these are
 * omitted.
 */
export function classToJson(job: JobClass): Readonly<Record<string, unknown>> {
  const { name: _, source, ...fields } = job;
  const defaults: Readonly<Record<string, unknown>> = {
    ...UPSTART_DEFAULTS,
    respawnInterval: respawnIntervalOf({ ...(job.respawnDelay && { respawnDelay: job.respawnDelay }) }),
  };
  const stated = Object.entries(fields).filter(
    ([field, value]) =>
      value !== defaults[field] &&
      !isEmpty(value) &&
      !(source.syntax === 'conf' && UPSTART_IGNORES.includes(field)),
  );
  return Object.fromEntries(stated.map(([field, value]) => [field, fieldToJson(job, field, value)]));
}

const UPSTART_IGNORES: readonly string[] = ['debug', 'cgroup', 'manual'] satisfies (keyof JobClass)[];

function fieldToJson(job: JobClass, field: string, value: unknown): unknown {
  switch (field) {
    case 'startOn':
    case 'stopOn':
      return expressionToJson(job[field]!);
    case 'killSignal':
    case 'reloadSignal':
      return signalToJson(job[field]);
    case 'umask':
      return job[field]!.toString(8).padStart(4, '0');
    default:
      return value;
  }
}

/**
 * Converts a signal. One without a name stays a number; `reload signal 0` declares that a job cannot reload.
 */
function signalToJson(signal: string): string | number {
  return /^\d+$/.test(signal) ? Number(signal) : signal;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
