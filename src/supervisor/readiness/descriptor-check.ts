import { closeSync } from 'node:fs';
import type { Kernel, Watch } from '../../kernel/kernel.js';
import { NO_ADDITIONS, type LaunchAdditions } from '../launch/launch-request.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

const NEWLINE = 0x0a;

/**
 * `ready fd N`: main writes a line to descriptor N, as s6 has it. Each start has a pipe of its own, so that nothing that
 * is left of the run before can speak for this one.
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
    /** the reading end that the program before this one has kept */
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
    // the job's is the only one now, so that the pipe ends with it
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
        // nobody can write any more; whether that is a failure is for the end of main, or the start timeout, to say
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
