/**
 * The first thing that foster runs, before it loads anything: until a handler stands, the kernel keeps signals from PID 1
 * (pid_namespaces(7)), and `docker stop` would wait its ten seconds in vain for a container that has just begun.
 */
'use strict';

/** src/supervisor/lifecycle/signal-handlers.ts looks here. */
const EARLY = Symbol.for('foster.earlySignals');

/** As the shell says it: ended by TERM. */
const ENDED_BY_TERM = 143;

const isPidOne = process.pid === 1;
/** This program replaces another one, whose jobs run: what comes now is for it. */
const isReplacement = process.env.FOSTER_HANDOVER !== undefined;

if (process.argv[2] === 'init' && (isPidOne || isReplacement)) {
  const signals = isReplacement ? ['TERM', 'INT', 'HUP', 'USR1', 'USR2', 'PWR', 'WINCH'] : ['TERM', 'INT'];
  const names = [];
  const handlers = signals.map((name) => {
    // nothing has been started yet that would have to be ended first
    const handler = isReplacement ? () => names.push(name) : () => process.exit(ENDED_BY_TERM);
    process.on(`SIG${name}`, handler);
    return [`SIG${name}`, handler];
  });
  globalThis[EARLY] = {
    /** To be called when other handlers stand. Returns the names of the signals that have come, without SIG. */
    take() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      return names;
    },
  };
}
