/** Colour for states, where the terminal may have it (Terminal.colour). */
import type { JobStatus } from '../../supervisor/api.js';

/** SGR codes of ECMA-48: node:util's styleText came only after Node 20.0. */
const SGR = { red: 31, green: 32, yellow: 33 } as const;

export function paint(text: string, job: JobStatus, colour: boolean): string {
  const shade = shadeOf(job);
  return colour && shade !== undefined ? `\x1b[${SGR[shade]}m${text}\x1b[0m` : text;
}

/** Green runs, red has failed, yellow is on its way. */
function shadeOf(job: JobStatus): keyof typeof SGR | undefined {
  if (job.goal !== 'stop' && job.state === 'running') return 'green';
  if (job.goal === 'stop' && job.state === 'waiting') return job.failure === undefined ? undefined : 'red';
  return 'yellow';
}
