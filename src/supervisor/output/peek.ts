/** Reads from a pipe without consuming (tee(2)). */
import { closeSync } from 'node:fs';
import type { FileCalls } from '../../kernel/kernel.js';

/** The capacity of a pipe, unless somebody enlarged it (pipe(7)). */
const MAX_PEEK = 64 * 1024;

type PeekFiles = Pick<FileCalls, 'makePipe' | 'tee' | 'readNow'>;

/** Shared by all jobs: its pipe is empty after each call. */
export class Peek {
  private pipe: { readonly read: number; readonly write: number } | undefined;
  private readonly buffer = Buffer.allocUnsafeSlow(MAX_PEEK);

  constructor(private readonly files: PeekFiles) {}

  /**
   * Returns the first bytes in a pipe, valid until the next call.
   * @param most maximum number of bytes
   * @returns 'nothing' if the pipe is empty; 'end' if it has no writer any more
   * @throws SystemError (EINVAL: not a pipe; EPERM, ENOSYS: a seccomp filter forbids it)
   */
  look(fd: number, most = MAX_PEEK): Buffer | 'nothing' | 'end' {
    this.pipe ??= this.files.makePipe();
    const count = this.files.tee(fd, this.pipe.write, Math.min(most, MAX_PEEK));
    if (count === undefined) return 'nothing';
    if (count === 0) return 'end';
    let length = 0;
    while (length < count) {
      const read = this.files.readNow(this.pipe.read, this.buffer.subarray(length));
      if (read === undefined || read === 0) break;
      length += read;
    }
    return this.buffer.subarray(0, length);
  }

  close(): void {
    if (this.pipe === undefined) return;
    closeSync(this.pipe.read);
    closeSync(this.pipe.write);
    this.pipe = undefined;
  }
}
