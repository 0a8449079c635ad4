/**
 * `foster run`: jobs without a file of anybody's. Each has one in RUNDIR/run nevertheless, made by foster, so that it is a job
 * like any other: supervised, listed, kept over a re-exec and a crash. The file goes when the job has been stopped or has ended
 * well; one that has failed stays to be seen, until `reset-failed`.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeErrorCode } from '../../kernel/errno.js';
import type { CommandAnswer, CommandRequest } from '../api/requests.js';
import type { CommandError, JobRef } from '../core/contract.js';
import type { ClassView, Core } from '../core/core.js';
import type { Reading } from '../config/job-files.js';
import type { Report } from '../log/log.js';
import type { Part } from '../engine/part.js';
import { writeNewFile } from '../state/write-new-file.js';
import { jobText, whyUnfit, type RunRequest } from './job-text.js';

/** What is asked of the supervisor. It may still be being made when it is given. */
export interface RunningSupervisor {
  readonly core: Pick<Core, 'classes'>;
  reload(): Reading;
  command(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer>;
  readonly say: Report;
}

export class RunJobs implements Part {
  /** @param directory of their files; undefined where there is no run directory */
  constructor(
    private readonly supervisor: RunningSupervisor,
    private readonly directory: () => string | undefined,
  ) {}

  async run(request: RunRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    const directory = this.directory();
    const refused = whyUnfit(request) ?? this.#whyTaken(request.name);
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
    // whoever asked knows why, and can ask again
    if (!answer.outcome.ok && answer.outcome.error !== 'timed-out' && !this.#isUp(name)) this.#remove(path);
    return answer;
  }

  /** What a former supervisor has left. */
  start(): void {
    this.sweep();
  }

  /** A job is no more: one that was run by hand and has not failed leaves nothing. */
  jobGone({ name }: JobRef): void {
    const view = this.#viewOf(name);
    if (view !== undefined && isOver(view)) this.#remove(view.class.source.path);
  }

  /** Files of jobs that have ended while nobody looked, or whose failure has been forgotten. */
  sweep(): void {
    const directory = this.directory();
    if (directory === undefined) return;
    for (const file of namesIn(directory)) {
      const name = /^(.*)\.ini$/.exec(file)?.[1];
      const view = name === undefined ? undefined : this.#viewOf(name);
      if (view === undefined || isOver(view)) this.#remove(join(directory, file));
    }
  }

  #viewOf(name: string): ClassView | undefined {
    const directory = this.directory();
    return this.supervisor.core
      .classes()
      .find((view) => view.name === name && dirname(view.class.source.path) === directory);
  }

  #isUp(name: string): boolean {
    return (this.#viewOf(name)?.instances.length ?? 0) > 0;
  }

  #whyTaken(name: string): string | undefined {
    const view = this.supervisor.core.classes().find((known) => known.name === name);
    if (view === undefined) return undefined;
    if (view.instances.length > 0) return `there is a job ${name} already, and it runs`;
    const { path } = view.class.source;
    return dirname(path) === this.directory() ? undefined : `there is a job ${name} already: ${path}`;
  }

  /** The watch on the directory sees it, and the class goes. */
  #remove(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error) || nodeErrorCode(error) === undefined) throw error;
      this.supervisor.say('warn', `${path} cannot be removed: ${error.message}`);
    }
  }
}

/** Nothing of it runs, and there is nothing to be seen. */
function isOver({ instances, lastEnd }: ClassView): boolean {
  return instances.length === 0 && lastEnd?.failure === undefined;
}

function refusal(error: CommandError, message: string): CommandAnswer {
  return { outcome: { ok: false, error, message }, status: null, output: [] };
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
