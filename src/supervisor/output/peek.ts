/** Looks at what a pipe holds without taking it (tee(2)). */
import { closeSync } from 'node:fs';
import type { FileCalls } from '../../kernel/kernel.js';

/** What a pipe holds unless somebody enlarged it (pipe(7)). */
const MOST = 64 * 1024;

export type PeekFiles = Pick<FileCalls, 'makePipe' | 'tee' | 'readNow'>;

/** One for all jobs: it is empty again before it is used for the next. */
export class Peek {
  private pipe: { readonly read: number; readonly write: number } | undefined;
  private readonly buffer = Buffer.allocUnsafeSlow(MOST);

  constructor(private readonly files: PeekFiles) {}

  /**
   * The first bytes in a pipe, valid until the next call.
   * @param most so many at most
   * @returns 'nothing' for now; 'end' when nobody can write any more
   * @throws SystemError (EINVAL: it is no pipe; EPERM, ENOSYS: a filter of system calls forbids it)
   */
  look(fd: number, most = MOST): Buffer | 'nothing' | 'end' {
    this.pipe ??= this.files.makePipe();
    const count = this.files.tee(fd, this.pipe.write, Math.min(most, MOST));
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
