/** The file calls of a `FakeKernel`: descriptors are numbers, and what is written to them is kept. */

import type { FileCalls } from '../../../src/kernel/kernel.js';
import { SystemError } from '../../../src/kernel/system-error.js';

export class FakeFiles implements FileCalls {
  /** paths of FIFOs, with their modes */
  readonly fifos = new Map<string, number>();
  /** text of memory files, by descriptor */
  readonly memoryFiles = new Map<number, string>();
  /** what `writeNow` was given, by descriptor */
  readonly written = new Map<number, string>();
  /** what `readNow` gives next, by descriptor; '' is the end */
  readonly toRead = new Map<number, string>();
  /** descriptors that somebody else has locked */
  readonly lockedElsewhere = new Set<number>();
  private lastDescriptor = 99;

  newDescriptor(): number {
    return ++this.lastDescriptor;
  }

  makeFifo(path: string, mode: number): void {
    this.fifos.set(path, mode);
  }

  makePipe(): { readonly read: number; readonly write: number } {
    return { read: this.newDescriptor(), write: this.newDescriptor() };
  }

  makeMemoryFile(_name: string, content: Uint8Array): number {
    const fd = this.newDescriptor();
    this.memoryFiles.set(fd, Buffer.from(content).toString());
    return fd;
  }

  openTerminal(): { readonly controller: number; readonly terminal: number } {
    return { controller: this.newDescriptor(), terminal: this.newDescriptor() };
  }

  lock(fd: number): boolean {
    return !this.lockedElsewhere.has(fd);
  }

  readNow(fd: number, buffer: Buffer): number | undefined {
    const text = this.toRead.get(fd);
    this.toRead.delete(fd);
    return text === undefined ? undefined : buffer.write(text);
  }

  unreadBytes(fd: number): number {
    return this.toRead.get(fd)?.length ?? 0;
  }

  tee(from: number, to: number): number | undefined {
    const text = this.toRead.get(from);
    if (text === undefined) return undefined;
    this.toRead.set(to, text);
    return Buffer.byteLength(text);
  }

  /** As a file system that cannot: whoever asks has to write what he has seen. */
  splice(from: number): number {
    throw new SystemError('splice', 22, 'EINVAL', `move bytes from pipe ${from}`, 'invalid argument');
  }

  discard(from: number, count: number): void {
    const rest = Buffer.from(this.toRead.get(from) ?? '').subarray(count);
    if (rest.length === 0) this.toRead.delete(from);
    else this.toRead.set(from, rest.toString());
  }

  writeNow(fd: number, bytes: Uint8Array): number {
    this.written.set(fd, (this.written.get(fd) ?? '') + Buffer.from(bytes).toString());
    return bytes.length;
  }
}
