/**
 * Memory that native code may keep pointing to. V8 never moves the backing store of a Buffer of its own, so its address
 * holds for as long as the Buffer is referenced; the garbage collector frees it, and nothing can leak.
 */

import { endianness } from 'node:os';

import { libc } from './libc.js';

/** Kernel structures are in host order. */
export const HOST_IS_LITTLE_ENDIAN = endianness() === 'LE';

/** A zeroed Buffer outside Node's shared pool. */
export function allocatePinned(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size).fill(0);
}

/** Address of a Buffer from `allocatePinned`. */
export function addressOf(buffer: Buffer): bigint {
  return libc().koffi.address(buffer);
}

export function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** What execve(2) takes as argv and envp: an array of pointers, ended by a null pointer, and the strings after it. */
export function marshalStrings(strings: readonly string[]): Buffer {
  const encoded = strings.map((text) => {
    if (text.includes('\0'))
      throw new TypeError(`a NUL byte cannot be passed to a program: ${JSON.stringify(text)}`);
    return Buffer.from(`${text}\0`);
  });
  const pointerSize = 8;
  const tableSize = (encoded.length + 1) * pointerSize;
  const block = allocatePinned(encoded.reduce((size, bytes) => size + bytes.length, tableSize));
  const view = viewOf(block);
  const base = addressOf(block);
  let offset = tableSize;
  encoded.forEach((bytes, index) => {
    view.setBigUint64(index * pointerSize, base + BigInt(offset), HOST_IS_LITTLE_ENDIAN);
    bytes.copy(block, offset);
    offset += bytes.length;
  });
  return block;
}
