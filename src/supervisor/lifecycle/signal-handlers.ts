import { constants } from 'node:os';
import { onRealTimeSignal } from '../../kernel/process/realtime-signals.js';
import { signalName, signalNumber } from '../../kernel/process/signals.js';
import type { Disposable } from '../../kernel/kernel.js';

/**
 * Caught by nobody (signal(7)), or used by foster itself (CHLD), or what the kernel answers a fault of foster's own by: a
 * handler would return into the fault for ever. tini leaves the same ones out.
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

/** Node ignores PIPE until a handler is removed, and dies of it from then on. */
const ignorePipe = (): void => undefined;

/** What bin/early-signals.js has left, which runs before anything is loaded. */
interface EarlySignals {
  readonly take: () => readonly string[];
}

const EARLY = Symbol.for('foster.earlySignals');

/**
 * Every signal that can be caught, from the first moment: until a handler stands, Node dies of HUP and USR2, and opens a
 * debugger's port on USR1.
 */
export class SignalHandlers {
  readonly #early: string[] = [];
  readonly #handlers = new Map<string, () => void>();
  readonly #realTime: Disposable[] = [];
  #act: ((name: string) => void) | undefined;
  #isHeld = false;

  /** Call it as the first statement of the program. */
  constructor() {
    const handled = new Set(NOT_HANDLED);
    // V8's profiler samples by it (node --cpu-prof)
    if (process.execArgv.some((option) => option.includes('prof'))) handled.add(constants.signals.SIGPROF);
    for (const [signal, number] of Object.entries(constants.signals)) {
      // some have two names (ABRT and IOT, IO and POLL), and would come twice
      if (handled.has(number)) continue;
      handled.add(number);
      const handler = (): void => this.#came(signal.slice('SIG'.length));
      this.#handlers.set(signal, handler);
      process.on(signal, handler);
    }
    const earlier = (globalThis as { readonly [EARLY]?: EarlySignals })[EARLY];
    this.#early.push(...(earlier?.take() ?? []));
  }

  /** Those that have come and have not been acted upon, for the program that replaces this one. */
  get waiting(): readonly string[] {
    return this.#early;
  }

  /** Signals that have come to the program that this one replaces. */
  resume(names: readonly string[]): void {
    this.#early.unshift(...names);
  }

  /** Acts on signals from now on, those that have come already first. Adds the real-time signals, which need the C library. */
  begin(act: (name: string) => void): void {
    this.#act = act;
    const [first, last] = [signalNumber('RTMIN'), signalNumber('RTMAX')];
    for (let number = first ?? 0; number <= (last ?? -1); number++) {
      const name = signalName(number);
      this.#realTime.push(onRealTimeSignal(number, () => this.#came(name)));
    }
    for (const name of this.#early.splice(0)) act(name);
  }

  /** From now on signals wait, for the program that replaces this one or for `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Acts on them again, and on those that have waited. */
  release(): void {
    this.#isHeld = false;
    for (const name of this.#early.splice(0)) this.#came(name);
  }

  /** From now on signals do nothing: foster ends, and ends as it was going to. */
  ignore(): void {
    this.#act = () => undefined;
  }

  /** From now on signals do what they do by default, but PIPE: the reader of the log may have gone, which is no end of foster. */
  stop(): void {
    if (!process.listeners('SIGPIPE').includes(ignorePipe)) process.on('SIGPIPE', ignorePipe);
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    for (const watch of this.#realTime.splice(0)) watch.dispose();
  }

  #came(name: string): void {
    if (this.#act === undefined || this.#isHeld) this.#early.push(name);
    else this.#act(name);
  }
}
