/**
 * bpf(2): maps, and programs that filter what a socket receives. If the kernel refuses (no CAP_BPF,
 * kernel.unprivileged_bpf_disabled, a container's seccomp filter) or was built without it, the result is a
 * SystemError.
 */

import { closeSync } from 'node:fs';

import { ENOENT } from '../errno.js';
import { lastError, lazily, libc, SYS_BPF } from '../libc.js';
import { addressOf, allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { SOL_SOCKET } from '../sockets/unix-address.js';

const calls = lazily(() => ({
  bpf: libc().declare('long', 'syscall', ['long', 'int', 'void *', 'unsigned int']),
  setsockopt: libc().declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
}));

/** enum bpf_cmd, enum bpf_map_type, enum bpf_prog_type, BPF_F_NO_PREALLOC, BPF_ANY of <linux/bpf.h> */
const MAP_CREATE = 0;
const MAP_LOOKUP = 1;
const MAP_UPDATE = 2;
const PROGRAM_LOAD = 5;
const MAP_TYPES = { hash: 1, array: 2 } as const;
const SOCKET_FILTER = 1;
const NO_PREALLOCATION = 1;

const SO_ATTACH_BPF = 50;

/** Keys are numbers of 32 bits, values of 64. */
const KEY_SIZE = 4;
const VALUE_SIZE = 8;

/** The used part of each union bpf_attr: the kernel treats omitted bytes as 0. */
const MAP_ATTRIBUTES = 20;
const ELEMENT_ATTRIBUTES = 32;
const PROGRAM_ATTRIBUTES = 48;

export class BpfMap {
  readonly #key = allocatePinned(KEY_SIZE);
  readonly #value = allocatePinned(VALUE_SIZE);
  readonly #attributes = allocatePinned(ELEMENT_ATTRIBUTES);

  private constructor(readonly fd: number) {
    const view = viewOf(this.#attributes);
    view.setUint32(0, fd, HOST_IS_LITTLE_ENDIAN);
    view.setBigUint64(8, addressOf(this.#key), HOST_IS_LITTLE_ENDIAN);
    view.setBigUint64(16, addressOf(this.#value), HOST_IS_LITTLE_ENDIAN);
  }

  /**
   * @param entries its capacity; memory is allocated per entry, on demand
   * @throws SystemError EPERM, ENOSYS, ENOMEM
   */
  static create(type: keyof typeof MAP_TYPES, entries: number): BpfMap {
    const attributes = allocatePinned(MAP_ATTRIBUTES);
    const words = [MAP_TYPES[type], KEY_SIZE, VALUE_SIZE, entries, type === 'hash' ? NO_PREALLOCATION : 0];
    words.forEach((word, index) => viewOf(attributes).setUint32(4 * index, word, HOST_IS_LITTLE_ENDIAN));
    const fd = calls().bpf(SYS_BPF, MAP_CREATE, attributes, attributes.length);
    if (fd < 0) throw lastError('bpf', 'make a BPF map');
    return new BpfMap(fd);
  }

  /** @throws SystemError E2BIG: it is full */
  set(key: number, value: bigint): void {
    this.#point(key);
    viewOf(this.#value).setBigUint64(0, value, HOST_IS_LITTLE_ENDIAN);
    if (calls().bpf(SYS_BPF, MAP_UPDATE, this.#attributes, ELEMENT_ATTRIBUTES) !== 0)
      throw lastError('bpf', 'write to a BPF map');
  }

  /** @returns undefined if there is no such entry */
  get(key: number): bigint | undefined {
    this.#point(key);
    if (calls().bpf(SYS_BPF, MAP_LOOKUP, this.#attributes, ELEMENT_ATTRIBUTES) === 0)
      return viewOf(this.#value).getBigUint64(0, HOST_IS_LITTLE_ENDIAN);
    const error = lastError('bpf', 'read a BPF map');
    if (error.errno === ENOENT) return undefined;
    throw error;
  }

  close(): void {
    closeSync(this.fd);
  }

  #point(key: number): void {
    viewOf(this.#key).setUint32(0, key, HOST_IS_LITTLE_ENDIAN);
  }
}

/**
 * Attaches a program that filters what this socket receives, replacing an earlier one. The socket keeps it
 * from then on.
 * @param code returned by `assemble`
 * @throws SystemError EPERM, ENOSYS; EINVAL or EACCES if this kernel's verifier rejects it
 */
export function attachSocketFilter(socket: number, code: Buffer): void {
  const program = loadSocketFilter(code);
  try {
    const descriptor = allocatePinned(4);
    viewOf(descriptor).setInt32(0, program, HOST_IS_LITTLE_ENDIAN);
    if (calls().setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, descriptor, 4) !== 0)
      throw lastError('setsockopt', 'attach a BPF program to a socket');
  } finally {
    closeSync(program);
  }
}

/** @returns a descriptor of the program */
function loadSocketFilter(code: Buffer): number {
  const instructions = allocatePinned(code.length);
  code.copy(instructions);
  // none of the called functions is restricted to GPL programs
  const license = allocatePinned(4);
  license.write('MIT');
  const attributes = allocatePinned(PROGRAM_ATTRIBUTES);
  const view = viewOf(attributes);
  view.setUint32(0, SOCKET_FILTER, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(4, code.length / 8, HOST_IS_LITTLE_ENDIAN);
  view.setBigUint64(8, addressOf(instructions), HOST_IS_LITTLE_ENDIAN);
  view.setBigUint64(16, addressOf(license), HOST_IS_LITTLE_ENDIAN);
  const fd = calls().bpf(SYS_BPF, PROGRAM_LOAD, attributes, attributes.length);
  if (fd < 0) throw lastError('bpf', 'load a BPF program');
  return fd;
}
