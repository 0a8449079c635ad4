/** What a class means, to compare those of the two forms. */
import { commandAsWritten } from '../../src/jobfile/ini/command.js';
import type { JobClass } from '../../src/jobfile/job-class/job-class.js';
import { withoutSource } from './same-class.js';

/** A line that the shell runs in an `.ini` file is a program of `.conf` by way of it. */
export function classMeaning(jobClass: JobClass): unknown {
  const { health, ...others } = withoutSource(jobClass);
  if (health?.by !== 'exec' || !('script' in health.command)) return { ...others, health };
  const exec = `sh -c '${commandAsWritten(health.command).trimEnd().replaceAll("'", "'\\''")}'`;
  return { ...others, health: { by: 'exec', command: { exec } } };
}
