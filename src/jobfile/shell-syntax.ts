import { spawnSync } from 'node:child_process';
import type { JobClass } from './job-class.js';

/**
 * What `/bin/sh -n` says about the scripts of a class. Only for the command line: the supervisor itself starts no process
 * in this way.
 *
 * @returns one sentence for each script that the shell refuses
 */
export function shellErrors(job: JobClass): readonly string[] {
  return Object.entries(job.processes).flatMap(([process, command]) => {
    if (!('script' in command)) return [];
    const { status, stderr, error } = spawnSync('/bin/sh', ['-n'], {
      input: command.script,
      encoding: 'utf8',
    });
    if (error) return [`the shell cannot be asked about the script of ${process}: ${error.message}`];
    return status === 0 ? [] : [`the shell refuses the script of ${process}: ${stderr.trim()}`];
  });
}
