/** One socket that listens for jobs. It is looked at only while none of them runs: then the connections are theirs to take. */
import { UPSTART_DEFAULTS } from '../../jobfile/job-class/defaults.js';
import type { DescriptorWatcher, Watch } from '../../kernel/kernel.js';
import {
  addressName,
  closeListening,
  listenOn,
  makeBlocking,
  type SocketAddress,
} from '../../kernel/sockets/listening-socket.js';
import type { Milliseconds } from '../core/contract.js';
import type { Report } from '../log/log.js';

export interface ActivationSocketOptions {
  readonly descriptors: DescriptorWatcher;
  readonly now: () => Milliseconds;
  /** whether one of the jobs that name the socket runs, or is about to */
  readonly isTaken: () => boolean;
  /** somebody wants to connect; resolves when what that caused is done */
  readonly connected: () => Promise<unknown>;
  readonly report: Report;
}

export class ActivationSocket {
  #fd: number | undefined;
  #watch: Watch | undefined;
  #emitting = false;
  #closed = false;
  #pause: NodeJS.Timeout | undefined;
  #complained = false;
  readonly #limit = new TriggerLimit();

  constructor(
    readonly address: SocketAddress,
    private readonly options: ActivationSocketOptions,
    /** the socket itself, kept over a re-exec */
    kept?: number,
  ) {
    this.#fd = kept;
    this.update();
  }

  /** What a re-exec has to keep. */
  get descriptor(): number | undefined {
    return this.#fd;
  }

  /** What a job is given that starts now; undefined where the address cannot be listened on. */
  socketForJob(): number | undefined {
    if (!this.#closed) this.#fd ??= this.#listen();
    return this.#fd;
  }

  /** Something has changed: looks for connections if nobody else does. */
  update(): void {
    if (this.#closed) return;
    if (this.#emitting || this.#pause !== undefined || this.options.isTaken()) {
      // a job that outlived a former supervisor listens itself, and its socket is not to be replaced
      this.#rest();
      return;
    }
    this.#fd ??= this.#listen();
    if (this.#fd === undefined || this.#watch !== undefined) return;
    this.#watch = this.options.descriptors.onReadable(this.#fd, () => void this.#connected());
    makeBlocking(this.#fd);
  }

  close(): void {
    this.#closed = true;
    this.#rest();
    clearTimeout(this.#pause);
    if (this.#fd !== undefined) closeListening(this.#fd, this.address);
    this.#fd = undefined;
  }

  #rest(): void {
    this.#watch?.dispose();
    this.#watch = undefined;
  }

  async #connected(): Promise<void> {
    this.#rest();
    this.#emitting = true;
    const wait = this.#limit.count(this.options.now());
    if (wait > 0) this.#pauseFor(wait);
    await this.options.connected();
    this.#emitting = false;
    this.update();
  }

  #pauseFor(wait: Milliseconds): void {
    const seconds = Math.ceil(wait / 1000);
    this.options.report(
      'warn',
      `${addressName(this.address)}: connected to too often, and nobody takes the connections: waiting for ${seconds} s`,
    );
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.update();
    }, wait);
    this.#pause.unref();
  }

  /** Tried again when a job starts or has ended: what had the address may be gone by then. */
  #listen(): number | undefined {
    try {
      return listenOn(this.address);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!this.#complained) this.options.report('warn', `Cannot listen for jobs: ${error.message}`);
      this.#complained = true;
      return undefined;
    }
  }
}

const MAX_TRIGGERS = UPSTART_DEFAULTS.respawnLimit;
const INTERVAL: Milliseconds = UPSTART_DEFAULTS.respawnInterval * 1000;

/** Counts what happens within a window that begins with the first of them. */
export class TriggerLimit {
  #windowStart = -Infinity;
  #count = 0;

  /** @returns how long to wait before the next, 0 when this one was not too many */
  count(now: Milliseconds): Milliseconds {
    if (now - this.#windowStart > INTERVAL) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count < MAX_TRIGGERS ? 0 : this.#windowStart + INTERVAL - now;
  }
}
