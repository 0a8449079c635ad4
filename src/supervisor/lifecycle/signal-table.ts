/** What foster does on each signal, by its mode (DESIGN section 8). */
import type { InitMode } from '../init-options.js';
import type { MachineEnd } from '../lifecycle/machine-end.js';

type SignalAction =
  /** `machine`: how the machine ends afterwards, if foster is its init */
  | { readonly kind: 'shutdown'; readonly machine?: MachineEnd }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'reload' }
  | { readonly kind: 'reopen-logs' }
  | { readonly kind: 'reexec' }
  /** forwarded to COMMAND */
  | { readonly kind: 'forward' }
  /** only logged */
  | { readonly kind: 'ignore' };

const SHUTDOWN: SignalAction = { kind: 'shutdown' };
const FORWARD: SignalAction = { kind: 'forward' };
const IGNORE: SignalAction = { kind: 'ignore' };

/**
 * RTMIN+3 asks systemd's containers for a shutdown; podman sends it to images that it takes for one. The kernel sends
 * INT, PWR and WINCH to the init of a machine, for Ctrl-Alt-Del, a power failure and the keyboard request.
 */
type TreatedSignal = 'TERM' | 'RTMIN+3' | 'INT' | 'PWR' | 'WINCH' | 'HUP' | 'USR1' | 'USR2';

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
    // as in systemd, so that machinectl and virsh work
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
 * While COMMAND has the terminal in the foreground, the kernel sends these to foster if it writes there. They must
 * not be forwarded to COMMAND, which they would stop.
 */
const OF_THE_BACKGROUND: ReadonlySet<string> = new Set(['TTIN', 'TTOU']);

/**
 * Returns what to do on a signal.
 * @param name without SIG
 * @param inBackground whether COMMAND has the terminal
 */
export function actionOf(mode: InitMode, name: string, inBackground = false): SignalAction {
  const row: Readonly<Record<string, SignalAction>> = TABLE[mode];
  if (inBackground && OF_THE_BACKGROUND.has(name)) return IGNORE;
  return row[name] ?? (mode === 'command' ? FORWARD : IGNORE);
}
