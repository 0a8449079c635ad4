import type { CommandId, CommandInput, CommandOutcome, CommandSource, CoreInput } from '../core/contract.js';
import { setLongTimeout } from '../../long-timer.js';

/** The result of a command. */
export interface CommandResult {
  readonly outcome: CommandOutcome;
  /** if it failed: the last lines that the job had written by then, before any respawn */
  readonly output: readonly string[];
}

type Answer = (result: CommandResult) => void;

/** Commands that wait for the core's reply. */
export class PendingCommands {
  readonly #waiting = new Map<CommandId, Answer>();
  #last: CommandId = 0;

  constructor(private readonly submit: (input: CoreInput) => void) {}

  /**
   * Submits a command to the core. @param command makes the command for a given id
   * @param limits after `timeout` milliseconds the answer is `timed-out`; `abandoned` fires when the client has gone;
   *   in both cases the command itself is still carried out
   */
  run(
    command: (id: CommandId) => CommandInput,
    limits: { readonly timeout?: number | undefined; readonly abandoned?: AbortSignal | undefined } = {},
  ): Promise<CommandResult> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.#waiting.delete(id);
        this.submit({ kind: 'forget', id });
        const message = 'Timed out; the command is still being carried out';
        answer({ outcome: { ok: false, error: 'timed-out', message }, output: [] });
      };
      const timer = limits.timeout === undefined ? undefined : setLongTimeout(giveUp, limits.timeout);
      const answer = (result: CommandResult): void => {
        timer?.dispose();
        limits.abandoned?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      limits.abandoned?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(id, answer);
      this.submit(command(id));
    });
  }

  /** Handles the core's effect `reply`. */
  answer(id: CommandId, result: CommandResult): void {
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    answer?.(result);
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
    return (await this.run((id) => ({ kind: 'command', id, verb, ...which, ...how }))).outcome;
  }
}
