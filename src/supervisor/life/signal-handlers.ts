import { constants } from 'node:os';
import { onRealTimeSignal } from '../../kernel/realtime-signals.js';
import { signalName, signalNumber } from '../../kernel/signals.js';
import type { Disposable } from '../../kernel/kernel.js';

/** Caught by nobody (signal(7)), or used by foster itself (CHLD), or a fault of foster's own, which handling would hide. */
const NOT_HANDLED: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGKILL',
  'SIGSTOP',
  'SIGCHLD',
  'SIGSEGV',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGABRT',
  'SIGTRAP',
  'SIGSYS',
  // V8's profiler uses it
  'SIGPROF',
]);

/**
 * Every signal that can be caught, from the first moment: until a handler stands, Node dies of HUP and USR2, and opens a
 * debugger's port on USR1.
 */
export class SignalHandlers {
  readonly #early: string[] = [];
  readonly #realTime: Disposable[] = [];
  #act: ((name: string) => void) | undefined;

  /** Call it as the first statement of the program. */
  constructor() {
    for (const signal of Object.keys(constants.signals) as NodeJS.Signals[]) {
      if (NOT_HANDLED.has(signal)) continue;
      process.on(signal, () => this.#came(signal.slice('SIG'.length)));
    }
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

  stop(): void {
    for (const watch of this.#realTime.splice(0)) watch.dispose();
  }

  #came(name: string): void {
    if (this.#act === undefined) this.#early.push(name);
    else this.#act(name);
  }
}
