/**
 * Takes back the jobs of a former supervisor, which crashed or replaced itself by a new one, without restarting any. What
 * ended meanwhile is learned from /proc, and treated as if it had ended now.
 */
import { constants } from 'node:os';
import type { Kernel } from '../../kernel/kernel.js';
import { parseSavedLineage, SavedLineageError } from '../../tracker/saved-lineage.js';
import { SavedStateError } from '../core/snapshot/reader.js';
import type { Supervisor } from '../supervisor.js';
import { jobKey, jobLabel } from '../job-key.js';
import type { SavedFile } from './saved-job.js';

export interface TakeBackOptions {
  readonly supervisor: Supervisor;
  readonly kernel: Pick<Kernel, 'processes' | 'proc'>;
  /** gives the job's output to its new reader */
  readonly restoreOutput: (file: SavedFile) => void;
  readonly report: (level: 'info' | 'error', text: string) => void;
}

/** The classes are known by now; nothing has been started, and nobody listens to the kernel yet. */
export function takeBack(files: readonly SavedFile[], options: TakeBackOptions): void {
  for (const file of files) {
    try {
      takeBackJob(file, options);
    } catch (error) {
      if (!(error instanceof SavedLineageError || error instanceof SavedStateError)) throw error;
      options.report('error', `${jobLabel(file.job)}: cannot be taken back: ${error.message}`);
    }
  }
}

function takeBackJob(file: SavedFile, { supervisor, kernel, restoreOutput, report }: TakeBackOptions): void {
  const { core, engine, tracking, processes } = supervisor;
  const now = supervisor.now();
  const lineage = parseSavedLineage(file.lineage);
  tracking.tracker.restore(jobKey(file.job), lineage);
  const alive = file.processes.filter(({ pid, startTime }) => kernel.proc.isAlive(pid, startTime));
  tracking.foundEnded(
    lineage.processes.map(({ pid }) => pid).filter((pid) => !alive.some((one) => one.pid === pid)),
  );
  // it stands stopped before its program, and the core asks for its start again
  for (const pid of file.gates) {
    if (alive.some((one) => one.pid === pid)) kernel.processes.kill(pid, constants.signals.SIGKILL);
  }
  const effects = core.restore(file.core, now, now - file.at);
  const view = core.job(file.job, now);
  for (const { process, pid } of view?.processes ?? []) processes.adopt(pid, file.job, process);
  restoreOutput(file);
  engine.carryOut(effects);
  report('info', `${jobLabel(file.job)}: taken back, ${view?.goal ?? 'stop'}/${view?.state ?? 'waiting'}`);
}
