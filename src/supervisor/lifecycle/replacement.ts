/**
 * Re-executes the supervisor (reexec.ts): on request, or after an error in foster's own JavaScript, which must never
 * end PID 1.
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
  GIVING_UP,
  logOnce,
  SOFTWARE_ERROR,
  type FailureDecision,
} from '../lifecycle/failures.js';
import type { Lifecycle } from '../lifecycle/lifecycle.js';
import type { NamespaceInit } from '../lifecycle/namespace-init.js';
import { reexecute } from '../lifecycle/reexec.js';
import type { SignalHandlers } from './signal-handlers.js';

interface ReplacementParts {
  readonly kernel: Kernel;
  readonly log: Log;
  /** the descriptor of the run directory's lock, which changes if the directory is recreated */
  readonly lock: () => number | undefined;
  readonly storage: Pick<Storage, 'write' | 'markSecret'>;
  readonly supervisor: Pick<Supervisor, 'catchUp' | 'saveForReexec'>;
  readonly life: Pick<Lifecycle, 'savedShutdown'>;
  readonly server: ControlServer | undefined;
  readonly terminal: number | undefined;
  readonly signals: Pick<SignalHandlers, 'waiting' | 'hold' | 'release'>;
  /** undefined for an ordinary process, which exits after too many failures */
  readonly namespaceInit: NamespaceInit | undefined;
  /** the umask that foster was started with */
  readonly umask: number;
  /** times of recent failures before the last re-exec */
  readonly failures: readonly Milliseconds[];
}

export class Replacement {
  #failures: readonly Milliseconds[];
  #isReplacing = false;
  #hasGivenUp = false;
  #isStateComplete = false;
  readonly #logOnce: (error: unknown) => void;

  constructor(private readonly parts: ReplacementParts) {
    this.#failures = parts.failures;
    this.#logOnce = logOnce(parts.log);
  }

  /** Starts to handle uncaught errors. */
  start(): void {
    process.on('uncaughtException', this.onFailure);
  }

  /** The jobs have been recovered. Before, the state lacks jobs, and the next program must take the files instead. */
  stateIsComplete(): void {
    this.#isStateComplete = true;
  }

  stop(): void {
    process.off('uncaughtException', this.onFailure);
  }

  /** Re-executes on request. A client that requested it over the control socket gets its answer first. */
  request(): void {
    this.#afterSignals(() => this.#replaceAsAsked());
  }

  /**
   * Waits until all signals that came before are known, so that none is lost: a lost TERM would mean a lost shutdown.
   * That takes two turns of the event loop. The signals wait for the next program.
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
          // the re-exec failed: a failure is answered by another attempt, and signals must not wait for ever
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
      this.#replace('state', supervisor.saveForReexec());
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      log('error', `Unable to re-execute, nothing was changed: ${error.message}`);
    }
  }

  /** Handles an uncaught exception or rejected promise. */
  readonly onFailure = (error: unknown): void => {
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
    // the files need no descriptor except the lock, so this may work although the first try failed
    this.#tryToReplace('files', undefined);
  }

  /** Returns if the re-exec failed. Then this program goes on. */
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
      log('fatal', GIVING_UP);
      log.flush();
      process.exit(SOFTWARE_ERROR);
    }
    log('fatal', 'Failed too often: from now on foster only reaps processes; USR2 tries again');
    this.#tryToReplace('degraded', undefined);
    // no re-exec was possible: whatever still works goes on, and TERM ends foster (Lifecycle)
    this.#hasGivenUp = true;
  }

  /** Returns the current state; undefined if the error has made it unusable. Then the last saved state is used. */
  #stateIfPossible(): SavedReexecState | undefined {
    const { storage, supervisor, log } = this.parts;
    if (!this.#isStateComplete) return undefined;
    try {
      storage.write();
      return supervisor.saveForReexec();
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
      shutdown: life.savedShutdown,
      signals: signals.waiting,
      ...(storage.markSecret !== undefined && { markSecret: storage.markSecret }),
    };
    log.flush();
    reexecute(handover, kernel, umask);
  }
}
