/** What foster does on each signal (DESIGN section 8), by the way in which it runs. */
import type { InitMode } from '../init-options.js';
import type { MachineEnd } from '../lifecycle/machine-end.js';

export type SignalAction =
  /** `machine`: what becomes of the machine afterwards, where foster is its init */
  | { readonly kind: 'shutdown'; readonly machine?: MachineEnd }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'reload' }
  | { readonly kind: 'reopen-logs' }
  | { readonly kind: 'reexec' }
  /** to COMMAND */
  | { readonly kind: 'forward' }
  /** nothing, but the log says that it came */
  | { readonly kind: 'ignore' };

const SHUTDOWN: SignalAction = { kind: 'shutdown' };
const FORWARD: SignalAction = { kind: 'forward' };
const IGNORE: SignalAction = { kind: 'ignore' };

/**
 * RTMIN+3 is what systemd's containers, and podman where it takes an image for one, send for a shutdown.
 * INT, PWR and WINCH are what the kernel sends the init of a machine: ctrl-alt-del, power failure, the keyboard's request.
 */
export type TreatedSignal = 'TERM' | 'RTMIN+3' | 'INT' | 'PWR' | 'WINCH' | 'HUP' | 'USR1' | 'USR2';

const INIT: Record<TreatedSignal, SignalAction> = {
  TERM: SHUTDOWN,
  'RTMIN+3': SHUTDOWN,
  INT: SHUTDOWN,
  PWR: { kind: 'event', name: 'power-status-changed' },
  WINCH: { kind: 'event', name: 'keyboard-request' },
  HUP: { kind: 'reload' },
  USR1: { kind: 'reopen-logs' },
  USR2: { kind: 'reexec' },
};

const TABLE = {
  container: INIT,
  command: {
    TERM: SHUTDOWN,
    'RTMIN+3': SHUTDOWN,
    INT: FORWARD,
    PWR: FORWARD,
    WINCH: FORWARD,
    HUP: FORWARD,
    USR1: FORWARD,
    USR2: FORWARD,
  },
  machine: {
    ...INIT,
    TERM: { kind: 'shutdown', machine: 'power-off' },
    'RTMIN+3': { kind: 'shutdown', machine: 'halt' },
    // as systemd has them, so that what speaks to it (machinectl, virsh) need not know us
    'RTMIN+4': { kind: 'shutdown', machine: 'power-off' },
    'RTMIN+5': { kind: 'shutdown', machine: 'reboot' },
    INT: { kind: 'event', name: 'control-alt-delete' },
  },
  user: { ...INIT, PWR: IGNORE, WINCH: IGNORE },
} as const satisfies Record<
  InitMode,
  Record<TreatedSignal, SignalAction> & Readonly<Record<string, SignalAction>>
>;

/**
 * On a terminal that COMMAND has in the foreground, the kernel sends these to us when we write to it: they are no
 * message to COMMAND, which they would stop.
 */
const OF_THE_BACKGROUND: ReadonlySet<string> = new Set(['TTIN', 'TTOU']);

/**
 * What to do on a signal that can be caught.
 * @param name without SIG
 * @param inBackground COMMAND has the terminal
 */
export function actionOf(mode: InitMode, name: string, inBackground = false): SignalAction {
  const row: Readonly<Record<string, SignalAction>> = TABLE[mode];
  if (inBackground && OF_THE_BACKGROUND.has(name)) return IGNORE;
  return row[name] ?? (mode === 'command' ? FORWARD : IGNORE);
}
