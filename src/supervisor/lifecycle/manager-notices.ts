import { isNotifyAddress, sendNotice } from '../../kernel/sockets/notify-client.js';
import { SystemError } from '../../kernel/system-error.js';
import type { InitOptions } from '../init-options.js';
import type { Part } from '../engine/part.js';

/** Where to send notices, and how often one is wanted as a sign of life, milliseconds. */
export interface NotifyPlace {
  readonly address: string;
  readonly watchdog: number | undefined;
}

/**
 * What a service manager says to a service that it starts (sd_notify(3), sd_watchdog_enabled(3)).
 * @returns undefined where nobody waits for notices of this process
 */
export function notifyPlace(
  { mode }: Pick<InitOptions, 'mode'>,
  env: NodeJS.ProcessEnv,
  pid: number,
): NotifyPlace | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC, WATCHDOG_PID } = env;
  // COMMAND has the environment, and the word: foster is nothing but its init
  if (address === undefined || mode === 'command' || !isNotifyAddress(address)) return undefined;
  const interval = Number(WATCHDOG_USEC) / 1000;
  const isForThis = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  return { address, watchdog: interval > 0 && isForThis ? interval : undefined };
}

/**
 * Tells the service manager that has started foster (systemd with `Type=notify`, podman, another foster) when foster answers,
 * what it is about, that it lives, and that it ends. Without such a manager it does nothing.
 */
export class ManagerNotices implements Part {
  #watchdog: NodeJS.Timeout | undefined;
  #failed = false;

  constructor(
    private readonly place: NotifyPlace | undefined,
    private readonly warn: (text: string) => void,
    private readonly send: (address: string, text: string) => void = sendNotice,
  ) {}

  /** The control socket answers, and what starts by itself has been told to start. */
  start(): void {
    this.#tell('READY=1');
    const interval = this.place?.watchdog;
    if (interval === undefined) return;
    // sd_watchdog_enabled(3): half of what is allowed
    this.#watchdog = setInterval(() => this.#tell('WATCHDOG=1'), interval / 2);
  }

  /** One line for `systemctl status`. */
  describe(text: string): void {
    this.#tell(`STATUS=${text.replaceAll('\n', ' ')}`);
  }

  stopping(): void {
    this.#tell('STOPPING=1\nSTATUS=Stopping all jobs');
  }

  close(): void {
    clearInterval(this.#watchdog);
  }

  #tell(text: string): void {
    if (this.place === undefined) return;
    try {
      this.send(this.place.address, text);
      this.#failed = false;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // once: the watchdog would repeat it for ever
      if (!this.#failed) this.warn(`The service manager is not told ${text.split('=')[0]}: ${error.message}`);
      this.#failed = true;
    }
  }
}
