import { constants } from 'node:os';
import { onRealTimeSignal } from '../../kernel/process/realtime-signals.js';
import { signalName, signalNumber } from '../../kernel/process/signals.js';
import type { Disposable } from '../../kernel/kernel.js';

/**
 * Signals without a handler here: they cannot be caught (signal(7)), or foster uses them itself (CHLD), or the kernel
 * sends them for a fault of foster's own, where a handler would return into the fault for ever. tini leaves out the
 * same ones.
 */
const NOT_HANDLED: ReadonlySet<number> = new Set([
  constants.signals.SIGKILL,
  constants.signals.SIGSTOP,
  constants.signals.SIGCHLD,
  constants.signals.SIGSEGV,
  constants.signals.SIGBUS,
  constants.signals.SIGFPE,
  constants.signals.SIGILL,
  constants.signals.SIGTRAP,
  constants.signals.SIGSYS,
]);

/** Node ignores PIPE, but once a handler for it was removed, PIPE kills Node. */
const ignorePipe = (): void => undefined;

/** The interface of bin/early-signals.js, which runs before anything else is loaded. */
interface EarlySignals {
  readonly take: () => readonly string[];
}

const EARLY = Symbol.for('foster.earlySignals');

/**
 * Handles every signal that can be caught, from the very start: without handlers, HUP and USR2 kill Node, and USR1
 * opens a debugger port.
 */
export class SignalHandlers {
  readonly #pending: string[] = [];
  readonly #handlers = new Map<string, () => void>();
  readonly #realTime: Disposable[] = [];
  #act: ((name: string) => void) | undefined;
  #isHeld = false;

  /** Must be the first statement of the program. */
  constructor() {
    const handled = new Set(NOT_HANDLED);
    // V8's profiler uses it (node --cpu-prof)
    if (process.execArgv.some((option) => option.includes('prof'))) handled.add(constants.signals.SIGPROF);
    for (const [signal, number] of Object.entries(constants.signals)) {
      // some have two names (ABRT and IOT, IO and POLL), and would be handled twice
      if (handled.has(number)) continue;
      handled.add(number);
      const handler = (): void => this.#received(signal.slice('SIG'.length));
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
    const earlier = (globalThis as { readonly [EARLY]?: EarlySignals })[EARLY];
    this.#pending.push(...(earlier?.take() ?? []));
  }

  /** Returns the signals that were not handled yet, for the new program of a re-exec. */
  get waiting(): readonly string[] {
    return this.#pending;
  }

  /** Adds the unhandled signals of the program before a re-exec. */
  resume(names: readonly string[]): void {
    this.#pending.unshift(...names);
  }

  /** Starts to handle signals, pending ones first. Adds the real-time signals, which need the C library. */
  start(act: (name: string) => void): void {
    this.#act = act;
    const [first, last] = [signalNumber('RTMIN'), signalNumber('RTMAX')];
    for (let number = first ?? 0; number <= (last ?? -1); number++) {
      const name = signalName(number);
      this.#realTime.push(onRealTimeSignal(number, () => this.#received(name)));
    }
    for (const name of this.#pending.splice(0)) act(name);
  }

  /** Queues signals from now on, for the new program of a re-exec or until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Handles signals again, queued ones first. */
  release(): void {
    this.#isHeld = false;
    for (const name of this.#pending.splice(0)) this.#received(name);
  }

  /** Ignores all signals: foster is about to exit. */
  ignore(): void {
    this.#act = () => undefined;
  }

  /**
   * Removes all handlers: signals have their default action again, except PIPE, since the reader of the log may be
   * gone.
   */
  stop(): void {
    if (!process.listeners('SIGPIPE').includes(ignorePipe)) process.on('SIGPIPE', ignorePipe);
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    for (const watch of this.#realTime.splice(0)) watch.dispose();
  }

  #received(name: string): void {
    if (this.#act === undefined || this.#isHeld) this.#pending.push(name);
    else this.#act(name);
  }
}
