import type {
  CommandId,
  CommandInput,
  CommandOutcome,
  CommandSource,
  CoreInput,
  CommandError,
  JobRef,
} from '../core/contract.js';
import { setLongTimeout } from '../../long-timer.js';

/** The result of a command. */
export interface CommandResult {
  readonly outcome: CommandOutcome;
  /** if it failed: the last lines that the job had written by then, before any respawn */
  readonly output: readonly string[];
  /** the result for each copy, if the command concerned several copies of a job */
  readonly parts?: readonly CommandResult[];
}

/** Who waits for the answer. */
type Asker = 'client' | 'foster';

interface Pending {
  readonly asker: Asker;
  readonly answer: (result: CommandResult) => void;
  /** the jobs of the partial replies; undefined if there is only one reply */
  jobs?: readonly JobRef[];
  readonly parts: CommandResult[];
}

/** Commands that wait for the core's reply. */
export class PendingCommands {
  readonly #waiting = new Map<CommandId, Pending>();
  #last: CommandId = 0;

  constructor(private readonly submit: (input: CoreInput) => void) {}

  /**
   * Submits a command to the core.
   * @param command makes the command for a given id
   * @param limits after `timeout` milliseconds the answer is `timed-out`; `abandoned` fires when the client has gone;
   *   in both cases the command itself is still carried out
   */
  run(
    command: (id: CommandId) => CommandInput,
    limits: { readonly timeout?: number | undefined; readonly abandoned?: AbortSignal | undefined } = {},
    asker: Asker = 'client',
  ): Promise<CommandResult> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.submit({ kind: 'forget', id });
        const message = 'Timed out; the command is still being carried out';
        const outcome = { ok: false, error: 'timed-out', message } as const;
        const { jobs, parts = [] } = this.#waiting.get(id) ?? {};
        this.#waiting.delete(id);
        const open = (jobs ?? []).filter((job) => !parts.some((part) => isOf(part, job)));
        const late = open.map((job): CommandResult => ({ outcome: { ...outcome, job }, output: [] }));
        answer({ outcome, output: [], ...(jobs !== undefined && { parts: [...parts, ...late] }) });
      };
      const timer = limits.timeout === undefined ? undefined : setLongTimeout(giveUp, limits.timeout);
      const answer = (result: CommandResult): void => {
        timer?.dispose();
        limits.abandoned?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      limits.abandoned?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(id, { asker, answer, parts: [] });
      this.submit(command(id));
    });
  }

  /** Handles the core's effect `reply-in-parts`: a result follows for each of these jobs. */
  expect(id: CommandId, jobs: readonly JobRef[]): void {
    const pending = this.#waiting.get(id);
    if (pending !== undefined) pending.jobs = jobs;
  }

  /** Tests whether a client will learn of the core's reply to this command. */
  isForClient(id: CommandId): boolean {
    return this.#waiting.get(id)?.asker === 'client';
  }

  /** Handles the core's effect `reply`. */
  answer(id: CommandId, result: CommandResult): void {
    const pending = this.#waiting.get(id);
    if (pending === undefined) return;
    const { jobs, parts } = pending;
    if (jobs !== undefined) parts.push(result);
    if (jobs !== undefined && parts.length < jobs.length) return;
    this.#waiting.delete(id);
    const inOrder = jobs?.flatMap((job) => parts.find((part) => isOf(part, job)) ?? []);
    pending.answer(inOrder === undefined ? result : { ...joined(inOrder), parts: inOrder });
  }

  /** Emits an event, and resolves when it has finished. */
  async emit(event: string, env: readonly string[], abandoned?: AbortSignal): Promise<CommandOutcome> {
    return (await this.run((id) => ({ kind: 'emit', event, env, id }), { abandoned })).outcome;
  }

  /** Starts or stops a job on foster's own initiative. Resolves without waiting for the job. */
  async order(
    verb: 'start' | 'stop',
    by: CommandSource,
    name: string,
    instance?: string,
  ): Promise<CommandOutcome> {
    const how = { env: [], wait: 'nothing', dialect: 'foster', by } as const;
    const which = instance === undefined ? { name } : { name, instance };
    const command = (id: CommandId): CommandInput => ({ kind: 'command', id, verb, ...which, ...how });
    return (await this.run(command, {}, 'foster')).outcome;
  }
}

function isOf({ outcome: { job } }: CommandResult, { instance }: JobRef): boolean {
  return job?.instance === instance;
}

/** Tests whether the job was already in the requested state. */
export function isAlready(error: CommandError): boolean {
  return error === 'already-running' || error === 'already-stopped';
}

/** Combines partial results: a success if everything necessary succeeded, otherwise the first failure. */
function joined(parts: readonly CommandResult[]): CommandResult {
  const failed = parts.find(({ outcome }) => !outcome.ok && !isAlready(outcome.error));
  if (failed !== undefined) return failed;
  const wasDone = parts.some(({ outcome }) => outcome.ok);
  return wasDone ? { outcome: { ok: true, job: undefined }, output: [] } : parts[0]!;
}
