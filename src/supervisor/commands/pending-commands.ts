import type { CommandId, CommandInput, CommandOutcome, CommandSource, CoreInput } from '../core/contract.js';
import { setLongTimeout } from '../../long-timer.js';

/** What became of a command. */
export interface CommandResult {
  readonly outcome: CommandOutcome;
  /** of a command that failed: the last lines that the job had written when it did, before any respawn */
  readonly output: readonly string[];
}

type Answer = (result: CommandResult) => void;

/** Commands that wait for the core's reply. */
export class PendingCommands {
  readonly #waiting = new Map<CommandId, Answer>();
  #last: CommandId = 0;

  constructor(private readonly submit: (input: CoreInput) => void) {}

  /**
   * Gives a command to the core.
   * @param command the command, made with the id that it is to have
   * @param limits `timeout` in milliseconds, after which the answer is `timed-out`; `abandoned` fires when nobody waits
   *   any more; in both cases what was begun goes on
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
        const message = 'Timed out; what was begun goes on';
        settle({ outcome: { ok: false, error: 'timed-out', message }, output: [] });
      };
      const timer = limits.timeout === undefined ? undefined : setLongTimeout(giveUp, limits.timeout);
      const settle = (result: CommandResult): void => {
        timer?.dispose();
        limits.abandoned?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      limits.abandoned?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(id, settle);
      this.submit(command(id));
    });
  }

  /** Carries out the core's `reply`. */
  answer(id: CommandId, result: CommandResult): void {
    const answer = this.#waiting.get(id);
    this.#waiting.delete(id);
    answer?.(result);
  }

  /** Emits an event. Resolves when it has finished. */
  async emit(event: string, env: readonly string[], abandoned?: AbortSignal): Promise<CommandOutcome> {
    return (await this.run((id) => ({ kind: 'emit', event, env, id }), { abandoned })).outcome;
  }

  /** Starts or stops a job by foster's own decision. Resolves at once: nobody waits for it to be carried out. */
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
