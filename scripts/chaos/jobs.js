/** The jobs of the chaos run: workers of every shape, and real daemons as far as they are installed. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realDaemons } from './daemons.js';

/** Shapes of workers, as daemons have them: by the role with which worker.sh begins, and what the job file says besides. */
const SHAPES = [
  { role: 'main' },
  { role: 'with-helper', helpers: 1 },
  { role: 'quick', stanzas: 'expect daemon\n' },
  { role: 'launcher', stanzas: 'ready daemonised\n' },
  { role: 'main', stanzas: 'pre-start exec true\npost-stop exec true\n' },
  { role: 'launcher', stanzas: 'nice 5\n' },
  { role: 'quick', stanzas: 'setuid nobody\n' },
];

/**
 * Writes the job files.
 * @returns each job's name, with the program where it is a real daemon
 */
export function writeJobs(directory, count) {
  const confdir = join(directory, 'conf');
  mkdirSync(confdir, { recursive: true });
  // below the directory, where every user may read it
  const worker = join(directory, 'worker.sh');
  copyFileSync(new URL('worker.sh', import.meta.url), worker);
  const fifo = join(directory, 'fifo');
  spawnSync('mkfifo', ['-m', '666', fifo]);
  const jobs = realDaemons(directory, Math.floor(count / 2));
  for (let index = jobs.length; index < count; index++) {
    const { role, helpers = 0, stanzas = '' } = SHAPES[index % SHAPES.length];
    const name = `worker${index}`;
    const text = `${stanzas}exec /bin/sh ${worker} ${role} ${name} ${fifo}\n`;
    jobs.push({ name, shape: role, helpers, text });
  }
  for (const job of jobs) {
    job.path = join(confdir, `${job.name}.conf`);
    job.text = `start on startup\nrespawn\nrespawn limit unlimited\nkill timeout 2\nstart timeout 10\nenv CHAOS_JOB=${job.name}\n${job.text}`;
    writeFileSync(job.path, job.text);
  }
  return jobs;
}
