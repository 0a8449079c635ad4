/**
 * Allocates memory for native code. V8 never moves the backing store of an unpooled Buffer, so its address is
 * valid as long as the Buffer is referenced; the garbage collector frees it, and nothing can leak.
 */

import { endianness } from 'node:os';

import { libc } from './libc.js';

/** Kernel structures are in host order. */
export const HOST_IS_LITTLE_ENDIAN = endianness() === 'LE';

/** Returns a zeroed Buffer outside Node's shared pool. */
export function allocatePinned(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size).fill(0);
}

/** Returns the address of a Buffer from `allocatePinned`. */
export function addressOf(buffer: Buffer): bigint {
  return libc().koffi.address(buffer);
}

export function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

const POINTER_SIZE = 8;

/** Returns a new block with the result of `marshalStrings`. */
export function marshalled(strings: readonly string[]): Buffer {
  const block = allocatePinned(marshalledSize(strings));
  marshalStrings(block, 0, strings);
  return block;
}

/**
 * Returns how many bytes `marshalStrings` writes; a multiple of a pointer. @throws TypeError for a NUL byte
 */
export function marshalledSize(strings: readonly string[]): number {
  let size = (strings.length + 1) * POINTER_SIZE;
  for (const text of strings) {
    if (text.includes('\0'))
      throw new TypeError(`a NUL byte cannot be passed to a program: ${JSON.stringify(text)}`);
    size += Buffer.byteLength(text) + 1;
  }
  return Math.ceil(size / POINTER_SIZE) * POINTER_SIZE;
}

/**
 * Writes argv or envp for execve(2): an array of pointers, terminated by a null pointer, and the strings
 * after it.
 * @param at its start in the zeroed block, a multiple of a pointer
 */
export function marshalStrings(block: Buffer, at: number, strings: readonly string[]): void {
  const view = viewOf(block);
  const base = addressOf(block);
  let offset = at + (strings.length + 1) * POINTER_SIZE;
  strings.forEach((text, index) => {
    view.setBigUint64(at + index * POINTER_SIZE, base + BigInt(offset), HOST_IS_LITTLE_ENDIAN);
    offset += block.write(text, offset) + 1;
  });
}
