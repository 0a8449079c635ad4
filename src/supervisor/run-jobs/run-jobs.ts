/**
 * `foster run`: runs commands as jobs. foster writes a job file to RUNDIR/run, so that it is a job like any other:
 * supervised, listed, and kept over a re-exec and a crash. The file is removed when the job was stopped or has ended
 * successfully. That of a failed job stays until `reset-failed`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeErrorCode } from '../../kernel/errno.js';
import { namesIfPresent } from '../../kernel/files/stat.js';
import type { CommandAnswer, CommandRequest } from '../api/requests.js';
import type { CommandError, JobRef } from '../core/contract.js';
import type { ClassView, Core } from '../core/core.js';
import type { Reading } from '../config/job-files.js';
import type { Report } from '../log/log.js';
import type { Part } from '../engine/part.js';
import { writeNewFile } from '../../kernel/files/own-files.js';
import { jobText, rejectionOf, type RunRequest } from './job-text.js';

/** The parts of the supervisor that `foster run` uses. */
interface RunningSupervisor {
  readonly core: Pick<Core, 'class'>;
  reload(): Reading;
  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer>;
  readonly report: Report;
}

export class RunJobs implements Part {
  /** @param directory directory of the job files; undefined if there is no run directory */
  constructor(
    private readonly supervisor: RunningSupervisor,
    private readonly directory: () => string | undefined,
  ) {}

  async run(request: RunRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    const directory = this.directory();
    const refused = rejectionOf(request) ?? this.#nameConflict(request.name);
    if (refused !== undefined) return refusal('invalid-argument', refused);
    if (directory === undefined)
      return refusal(
        'invalid-argument',
        'foster has no run directory that it may write, so there is no place for a job',
      );
    const path = join(directory, `${request.name}.ini`);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeNewFile(path, jobText(request, path));
    } catch (error) {
      if (!(error instanceof Error) || nodeErrorCode(error) === undefined) throw error;
      return refusal('job-failed', `${path} cannot be written: ${error.message}`);
    }
    const broken = this.supervisor.reload().errors.find((error) => error.file === path);
    if (broken !== undefined) {
      this.#remove(path);
      return refusal('invalid-argument', broken.message);
    }
    const { name, by, timeout } = request;
    const answer = await this.supervisor.command(
      {
        verb: 'start',
        name,
        env: [],
        wait: 'settled',
        dialect: 'foster',
        ...(by !== undefined && { by }),
        ...(timeout !== undefined && { timeout }),
      },
      abandoned,
    );
    // the client gets the reason, and can run the command again
    if (!answer.outcome.ok && answer.outcome.error !== 'timed-out' && !this.#isUp(name)) this.#remove(path);
    return answer;
  }

  /** Removes files that a previous supervisor left. */
  start(): void {
    this.sweep();
  }

  /** Removes the file of a job that has ended without a failure. */
  jobGone({ name }: JobRef): void {
    const view = this.#viewOf(name);
    if (view !== undefined && isOver(view)) this.#remove(view.class.source.path);
  }

  /** Removes the files of jobs that ended while foster was not running, or whose failure was reset. */
  sweep(): void {
    const directory = this.directory();
    if (directory === undefined) return;
    for (const file of namesIfPresent(directory)) {
      const name = /^(.*)\.ini$/.exec(file)?.[1];
      const view = name === undefined ? undefined : this.#viewOf(name);
      if (view === undefined || isOver(view)) this.#remove(join(directory, file));
    }
  }

  #viewOf(name: string): ClassView | undefined {
    const view = this.supervisor.core.class(name);
    return view !== undefined && dirname(view.class.source.path) === this.directory() ? view : undefined;
  }

  #isUp(name: string): boolean {
    return (this.#viewOf(name)?.instances.length ?? 0) > 0;
  }

  #nameConflict(name: string): string | undefined {
    const view = this.supervisor.core.class(name);
    if (view === undefined) return undefined;
    if (view.instances.length > 0) return `there is a job ${name} already, and it runs`;
    const { path } = view.class.source;
    return dirname(path) === this.directory() ? undefined : `there is a job ${name} already: ${path}`;
  }

  /** Removes a file. The watch on the directory notices it, and the class is removed. */
  #remove(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error) || nodeErrorCode(error) === undefined) throw error;
      this.supervisor.report('warn', `${path} cannot be removed: ${error.message}`);
    }
  }
}

/** Returns whether the job has ended and has no failure to show. */
function isOver({ instances, lastEnd }: ClassView): boolean {
  return instances.length === 0 && lastEnd?.failure === undefined;
}

function refusal(error: CommandError, message: string): CommandAnswer {
  return { outcome: { ok: false, error, message }, status: null, output: [] };
}
