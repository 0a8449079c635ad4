import { isNotifyAddress, sendNotice } from '../../kernel/sockets/notify-client.js';
import { SystemError } from '../../kernel/system-error.js';
import type { InitOptions } from '../init-options.js';
import type { Part } from '../engine/part.js';

/** The socket for notices, and the watchdog timeout in milliseconds. */
interface NotifyTarget {
  readonly address: string;
  readonly watchdog: number | undefined;
}

/**
 * Reads the variables of a service manager that started foster (sd_notify(3), sd_watchdog_enabled(3)).
 * @returns undefined if no manager expects notices of this process
 */
export function notifyTarget(
  { mode }: Pick<InitOptions, 'mode'>,
  env: NodeJS.ProcessEnv,
  pid: number,
): NotifyTarget | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC, WATCHDOG_PID } = env;
  // COMMAND inherits the variables and sends the notices: foster is only its init
  if (address === undefined || mode === 'command' || !isNotifyAddress(address)) return undefined;
  const interval = Number(WATCHDOG_USEC) / 1000;
  const isForThis = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  return { address, watchdog: interval > 0 && isForThis ? interval : undefined };
}

/**
 * Notifies the service manager that started foster (systemd with `Type=notify`, podman, another foster): that foster
 * is ready, its status, its watchdog, and that it stops. Does nothing without such a manager.
 */
export class ManagerNotices implements Part {
  #watchdog: NodeJS.Timeout | undefined;
  #failed = false;

  constructor(
    private readonly place: NotifyTarget | undefined,
    private readonly warn: (text: string) => void,
    private readonly send: (address: string, text: string) => void = sendNotice,
  ) {}

  /** Sends READY: the control socket answers, and automatic starts have been requested. */
  start(): void {
    this.#notify('READY=1');
    const interval = this.place?.watchdog;
    if (interval === undefined) return;
    // sd_watchdog_enabled(3) recommends half of the timeout
    this.#watchdog = setInterval(() => this.#notify('WATCHDOG=1'), interval / 2);
  }

  /** Sends the status line that `systemctl status` shows. */
  describe(text: string): void {
    this.#notify(`STATUS=${text.replaceAll('\n', ' ')}`);
  }

  stopping(): void {
    this.#notify('STOPPING=1\nSTATUS=Stopping all jobs');
  }

  close(): void {
    clearInterval(this.#watchdog);
  }

  #notify(text: string): void {
    if (this.place === undefined) return;
    try {
      this.send(this.place.address, text);
      this.#failed = false;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // warned once, since the watchdog would repeat it for ever
      if (!this.#failed)
        this.warn(`Cannot notify the service manager of ${text.split('=')[0]}: ${error.message}`);
      this.#failed = true;
    }
  }
}
