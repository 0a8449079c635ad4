import { closeSync } from 'node:fs';
import type { Kernel, Watch } from '../../kernel/kernel.js';
import { NO_ADDITIONS, type LaunchAdditions } from '../launch/launch-request.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

const NEWLINE = 0x0a;

/**
 * `ready fd N`: main writes a line to descriptor N, as with s6. Each start has its own pipe, so that
 * remaining processes of the previous run cannot report for this one.
 */
export class DescriptorCheck implements ReadinessCheck {
  readonly additions: LaunchAdditions;
  readonly descriptor: number;
  #writing: number | undefined;
  #watch: Watch | undefined;

  constructor(
    target: number,
    private readonly kernel: Pick<Kernel, 'files' | 'descriptors'>,
    private readonly seen: OnReady,
    /** the reading end kept by the previous program */
    kept?: number,
  ) {
    if (kept !== undefined) {
      this.descriptor = kept;
      this.additions = NO_ADDITIONS;
      return;
    }
    const { read, write } = kernel.files.makePipe();
    [this.descriptor, this.#writing] = [read, write];
    this.additions = { ...NO_ADDITIONS, descriptors: [{ target, source: write }] };
  }

  start(): void {
    // now only the job has the writing end, so that the pipe ends with it
    this.#closeWriting();
    this.#watch = this.kernel.descriptors.onReadable(this.descriptor, () => this.#read());
    this.#watch.unref();
  }

  dispose(): void {
    this.#closeWriting();
    this.#watch?.dispose();
    closeSync(this.descriptor);
  }

  #read(): void {
    const bytes = Buffer.alloc(512);
    for (;;) {
      const count = this.kernel.files.readNow(this.descriptor, bytes);
      if (count === undefined) return;
      if (count === 0) {
        // no writer is left; main's end or the start timeout decides whether that is a failure
        this.#watch?.dispose();
        return;
      }
      if (bytes.subarray(0, count).includes(NEWLINE)) {
        this.seen();
        return;
      }
    }
  }

  #closeWriting(): void {
    if (this.#writing !== undefined) closeSync(this.#writing);
    this.#writing = undefined;
  }
}
