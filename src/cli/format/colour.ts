/** Colour for states. */
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { painted, type Piece, type Shade } from './line.js';

export function paint(text: string, job: JobStatus): Piece {
  return painted(text, shadeOf(job));
}

/** Returns green for running, red for failed, yellow for a transition. */
function shadeOf(job: JobStatus): Shade | undefined {
  if (job.goal !== 'stop' && job.state === 'running') return 'green';
  if (job.goal === 'stop' && job.state === 'waiting') return job.failure === undefined ? undefined : 'red';
  return 'yellow';
}
