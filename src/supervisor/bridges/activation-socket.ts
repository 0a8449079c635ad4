/**
 * One listening socket for jobs. foster watches it only while none of them runs: then the job accepts the
 * connections.
 */
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

interface ActivationSocketOptions {
  readonly descriptors: DescriptorWatcher;
  readonly now: () => Milliseconds;
  /** whether one of the socket's jobs runs, or is about to */
  readonly isTaken: () => boolean;
  /** called at a connection attempt; resolves when its effects are done */
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

  /** Returns the descriptor that a re-exec keeps. */
  get descriptor(): number | undefined {
    return this.#fd;
  }

  /** Returns the socket for a job that starts now; undefined if foster cannot listen on the address. */
  socketForJob(): number | undefined {
    if (!this.#closed) this.#fd ??= this.#listen();
    return this.#fd;
  }

  /** Checks, after a change, whether foster must watch for connections. */
  update(): void {
    if (this.#closed) return;
    if (this.#emitting || this.#pause !== undefined || this.options.isTaken()) {
      // a job that outlived a former supervisor listens itself, and its socket must not be replaced
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
      `${addressName(this.address)}: connected to too often, and the job accepts no connection: waiting for ${seconds} s`,
    );
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.update();
    }, wait);
    this.#pause.unref();
  }

  /** Listens. It is retried when a job starts or ends, since another owner of the address may then be gone. */
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

/** Counts triggers within a window that starts with the first of them. */
export class TriggerLimit {
  #windowStart = -Infinity;
  #count = 0;

  /** @returns how long to wait before the next trigger; 0 if this one was within the limit */
  count(now: Milliseconds): Milliseconds {
    if (now - this.#windowStart > INTERVAL) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count < MAX_TRIGGERS ? 0 : this.#windowStart + INTERVAL - now;
  }
}
