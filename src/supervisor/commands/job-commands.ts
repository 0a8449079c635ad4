/** Commands on jobs: reads changed job files before the core gets the command, and watches the job after it. */
import { commandHint } from '../../text/command-hint.js';
import type { CommandAnswer, CommandRequest } from '../api/requests.js';
import type { JobStatus } from '../api/job-status.js';
import { type PendingCommands, type CommandResult, isAlready } from './pending-commands.js';
import type { Configuration } from '../config/configuration.js';
import type { CommandOutcome, JobRef } from '../core/contract.js';
import type { Core } from '../core/core.js';
import type { Feed } from '../feed/feed.js';
import type { JobOutputs } from '../output/job-outputs.js';
import { LINES_SHOWN } from './replies.js';
import { watchRun } from './run-watch.js';
import type { Statuses } from '../status/statuses.js';

interface JobCommandsOptions {
  readonly core: Core;
  readonly commands: PendingCommands;
  readonly statuses: Statuses;
  readonly configuration: Pick<Configuration, 'files' | 'reload'>;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly outputs: Pick<JobOutputs, 'lastLines'>;
}

export class JobCommands {
  constructor(private readonly options: JobCommandsOptions) {}

  /** See SupervisorApi. */
  async run(request: CommandRequest, abandoned?: AbortSignal): Promise<CommandAnswer> {
    const { timeout, watch = 0, ...command } = request;
    const refused = this.#readFiles(request);
    if (refused !== undefined) return { outcome: refused, status: null, output: [] };
    const before = watch > 0 ? this.#statusesBefore(request) : new Map<string, JobStatus>();
    const result = await this.options.commands.run((id) => ({ kind: 'command', id, ...command }), {
      timeout,
      abandoned,
    });
    const { parts } = result;
    if (parts === undefined) return this.#answerOf(request, result, before);
    const instances = await Promise.all(parts.map((part) => this.#answerOf(request, part, before)));
    // the command has succeeded, but the job did not survive the moment after it
    const lost = result.outcome.ok ? instances.find((one) => !hasSucceeded(one)) : undefined;
    return { outcome: (lost ?? result).outcome, status: null, output: [], instances };
  }

  /** Returns the statuses before the command, by instance. */
  #statusesBefore({ name, env, instance }: CommandRequest): ReadonlyMap<string, JobStatus> {
    const { core, statuses } = this.options;
    const view = core.class(name);
    if (view?.copies !== undefined && instance === undefined) {
      const jobs = view.instances.flatMap((one) => statuses.of({ name, instance: one }) ?? []);
      return new Map(jobs.map((job) => [job.instance, job]));
    }
    const found = statuses.find(name, env, instance);
    return new Map('name' in found ? [[found.instance, found]] : []);
  }

  /** Returns the result of the command for one job. */
  async #answerOf(
    request: CommandRequest,
    { outcome, output }: CommandResult,
    before: ReadonlyMap<string, JobStatus>,
  ): Promise<CommandAnswer> {
    const { watch = 0, verb } = request;
    const { job } = outcome;
    const status = job === undefined ? this.#presentStatus(request, outcome) : this.options.statuses.of(job);
    const runsAlready = verb === 'start' && !outcome.ok && outcome.error === 'already-running';
    if (!(outcome.ok || runsAlready) || job === undefined || watch === 0) return { outcome, status, output };
    // a start is watched once it has succeeded, a reload from before its signal
    const asItWas = (verb === 'reload' ? before.get(job.instance) : undefined) ?? status;
    const left = runsAlready ? Math.max(0, watch - upFor(status)) : watch;
    const failed = await this.#failedWithin(request, job, asItWas, left);
    return failed ?? { outcome, status: this.options.statuses.of(job), output: [] };
  }

  /** Returns the job's present status for a command that timed out: the core's answer lacks it. */
  #presentStatus({ name, env, instance }: CommandRequest, outcome: CommandOutcome): JobStatus | null {
    if (outcome.ok || outcome.error !== 'timed-out') return null;
    const found = this.options.statuses.find(name, env, instance);
    return 'name' in found ? found : null;
  }

  /** `restart` uses the job file as it is now, and `start` finds a job whose file has just been written. */
  #readFiles({ verb, name, dialect, fresh }: CommandRequest): CommandOutcome | undefined {
    const { core, configuration } = this.options;
    const { files } = configuration;
    if (dialect !== 'foster' || (verb !== 'start' && verb !== 'restart')) return undefined;
    if (files.mayHaveChanged(name)) configuration.reload();
    if (verb !== 'restart' || fresh !== true) return undefined;
    const view = core.class(name);
    const file = view === undefined || view.instances.length === 0 ? undefined : files.of(name, view.class);
    if (file?.state !== 'broken' && file?.state !== 'gone') return undefined;
    const reason =
      file.state === 'gone'
        ? `its job file ${file.path} is gone`
        : `its job file is broken: ${file.error ?? file.path}`;
    const message = `${name} is not restarted: ${reason}; '${commandHint('restart --keep', name)}' restarts it as it was`;
    return { ok: false, error: 'broken-file', message };
  }

  /** Returns the failure of the command if the job does not stay up for `milliseconds` after it. */
  async #failedWithin(
    { verb }: CommandRequest,
    job: JobRef,
    before: JobStatus | null,
    milliseconds: number,
  ): Promise<CommandAnswer | undefined> {
    const { statuses, outputs, feed } = this.options;
    const statusOf = (ref: JobRef): JobStatus | null => statuses.of(ref);
    const lastLines = (ref: JobRef): readonly string[] => outputs.lastLines(ref, LINES_SHOWN);
    const subscribe = feed.subscribe.bind(feed);
    const isUp = before !== null && before.goal !== 'stop';
    const fate = isUp
      ? await watchRun({ subscribe, statusOf, lastLines }, job, before, milliseconds)
      : undefined;
    if (fate === undefined) return undefined;
    const message = verb === 'reload' ? 'Job did not survive the reload' : 'Job failed to start';
    const outcome = { ok: false, error: 'job-failed', message, job, detail: fate.text } as const;
    return { outcome, status: statusOf(job), output: fate.output };
  }
}

/** Returns for how long main has been up. */
function upFor(status: JobStatus | null): number {
  return status?.mainSince === undefined ? 0 : Date.now() - Date.parse(status.mainSince);
}

function hasSucceeded({ outcome }: CommandAnswer): boolean {
  return outcome.ok || isAlready(outcome.error);
}
