/**
 * When and with what the supervisor replaces itself by its program as it is now (reexec.ts): because somebody has asked
 * for it, or because foster itself has failed, since an error in its JavaScript never ends PID 1.
 */
import type { ControlServer } from '../../control/server/server.js';
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Milliseconds } from '../core/contract.js';
import type { Log } from '../log/log.js';
import type { SavedReexecState, Handover } from '../state/handover.js';
import { thisBoot } from '../state/boot-identity.js';
import type { Storage } from '../state/storage.js';
import type { Supervisor } from '../supervisor.js';
import {
  decideFailure,
  ENDING,
  logOnce,
  SOFTWARE_ERROR,
  type FailureDecision,
} from '../lifecycle/failures.js';
import type { Lifecycle } from '../lifecycle/lifecycle.js';
import type { NamespaceInit } from '../lifecycle/namespace-init.js';
import { reexecute } from '../lifecycle/reexec.js';
import type { SignalHandlers } from './signal-handlers.js';

export interface ReplacementParts {
  readonly kernel: Kernel;
  readonly log: Log;
  /** the descriptor that holds the lock of the run directory: it changes when that is made again */
  readonly lock: () => number | undefined;
  readonly storage: Pick<Storage, 'write' | 'markSecret'>;
  readonly supervisor: Pick<Supervisor, 'catchUp' | 'keep'>;
  readonly life: Pick<Lifecycle, 'handedShutdown'>;
  readonly server: ControlServer | undefined;
  readonly terminal: number | undefined;
  readonly signals: Pick<SignalHandlers, 'waiting' | 'hold' | 'release'>;
  /** undefined for an ordinary process, which ends when it has failed too often */
  readonly namespaceInit: NamespaceInit | undefined;
  /** of foster's own start, which the new program is to find again */
  readonly umask: number;
  /** when foster failed lately, as the program before this one has told */
  readonly failures: readonly Milliseconds[];
}

export class Replacement {
  #failures: readonly Milliseconds[];
  #isReplacing = false;
  #hasGivenUp = false;
  readonly #logOnce: (error: unknown) => void;

  constructor(private readonly parts: ReplacementParts) {
    this.#failures = parts.failures;
    this.#logOnce = logOnce(parts.log);
  }

  /** From now on an error that nobody has caught is answered here. */
  begin(): void {
    process.on('uncaughtException', this.failed);
  }

  stop(): void {
    process.off('uncaughtException', this.failed);
  }

  /** Somebody has asked for it. Who asked over the control socket gets an answer first. */
  request(): void {
    this.#afterSignals(() => this.#replaceAsAsked());
  }

  /**
   * A signal that this program has caught and has not looked at would be lost with it: TERM, and the shutdown with it. By the
   * second turn of the event loop, each is known that came before, and waits for the next program.
   */
  #afterSignals(replace: () => void): void {
    const { signals } = this.parts;
    if (this.#isReplacing) return;
    this.#isReplacing = true;
    signals.hold();
    setImmediate(() =>
      setImmediate(() => {
        try {
          replace();
        } finally {
          // it was not possible: a failure is answered by another attempt, and signals must not wait for ever
          this.#isReplacing = false;
          signals.release();
        }
      }),
    );
  }

  #replaceAsAsked(): void {
    const { supervisor, log } = this.parts;
    supervisor.catchUp();
    log('message', 'Re-executing');
    try {
      this.#replace('state', supervisor.keep());
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      log('error', `Unable to re-execute, nothing was changed: ${error.message}`);
    }
  }

  /** An exception, or the rejection of a promise, that nobody has caught. */
  readonly failed = (error: unknown): void => {
    const { log, kernel } = this.parts;
    if (this.#hasGivenUp) return this.#logOnce(error);
    log(
      'fatal',
      `Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    const { answer, failures } = decideFailure(this.#failures, kernel.now() / 1e6);
    this.#failures = failures;
    this.#afterSignals(() => this.#answerFailure(answer));
  };

  #answerFailure(answer: FailureDecision['answer']): void {
    if (answer === 'degrade') return this.#giveUp();
    const state = this.#stateIfPossible();
    if (state !== undefined) this.#tryToReplace('state', state);
    // what was saved last needs no descriptor but the lock, so this may go where the other did not
    this.#tryToReplace('files', undefined);
  }

  /** Returns when that was not possible: then this program goes on, with whatever the error has left undone. */
  #tryToReplace(kind: Handover['kind'], state: SavedReexecState | undefined): void {
    try {
      this.#replace(kind, state);
    } catch (problem) {
      this.parts.log('fatal', `Unable to re-execute: ${String(problem)}`);
      this.parts.log.flush();
    }
  }

  #giveUp(): void {
    const { log, namespaceInit } = this.parts;
    if (namespaceInit === undefined) {
      log('fatal', ENDING);
      log.flush();
      process.exit(SOFTWARE_ERROR);
    }
    log('fatal', 'Failed too often: from now on nothing is done but reaping; USR2 tries again');
    this.#tryToReplace('degraded', undefined);
    // no other program can be had: what works of this one goes on, and TERM ends it (Lifecycle)
    this.#hasGivenUp = true;
  }

  /** The error may have left things in a state that cannot be told: then what was saved last has to do. */
  #stateIfPossible(): SavedReexecState | undefined {
    const { storage, supervisor, log } = this.parts;
    try {
      storage.write();
      return supervisor.keep();
    } catch (problem) {
      log('fatal', `Unable to hand over the state: ${String(problem)}`);
      return undefined;
    }
  }

  /** @throws SystemError */
  #replace(kind: Handover['kind'], state: SavedReexecState | undefined): never {
    const { kernel, log, lock, storage, server, terminal, umask, life, signals } = this.parts;
    const handover: Handover = {
      kind,
      pid: process.pid,
      place: thisBoot(),
      state,
      lock: lock(),
      socket: server?.descriptor,
      terminal,
      logPriority: log.priority,
      failures: this.#failures,
      shutdown: life.handedShutdown,
      signals: signals.waiting,
      ...(storage.markSecret !== undefined && { markSecret: storage.markSecret }),
    };
    log.flush();
    reexecute(handover, kernel, umask);
  }
}
