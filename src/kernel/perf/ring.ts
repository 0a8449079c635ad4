/**
 * One perf ring: memory shared with the kernel. The kernel writes records at the head; we read at the tail.
 */

import { lastError, lazily, libc } from '../libc.js';
import { HOST_IS_LITTLE_ENDIAN } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    mmap: declare('void *', 'mmap', ['void *', 'unsigned long', 'int', 'int', 'int', 'int64_t']),
    munmap: declare('int', 'munmap', ['void *', 'unsigned long']),
    getpagesize: declare('int', 'getpagesize', []),
  };
});

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/**
 * struct perf_event_mmap_page: the positions up to which the kernel has written, and we have read; free
 * running
 */
const DATA_HEAD = 1024 / 8;
const DATA_TAIL = 1032 / 8;
/** offset of the size in a record's header */
const RECORD_SIZE = 6;
/** a header alone */
const LEAST_RECORD = 8;

export class PerfRing {
  /** undefined after unmapping: reading it then would crash the program */
  #memory: { readonly control: BigUint64Array; readonly data: Uint8Array } | undefined;

  private constructor(
    private readonly address: bigint,
    private readonly length: number,
    page: number,
  ) {
    const memory = libc().koffi.view(address, length);
    this.#memory = { control: new BigUint64Array(memory, 0, page / 8), data: new Uint8Array(memory, page) };
  }

  /**
   * @param bytes of data, a power of two and a multiple of the page size
   * @throws SystemError EPERM if the memory exceeds perf_event_mlock_kb and RLIMIT_MEMLOCK
   */
  static map(fd: number, bytes: number): PerfRing {
    const page = calls().getpagesize();
    const length = bytes + page;
    const address = calls().mmap(null, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (BigInt.asUintN(64, address) === MAP_FAILED) {
      throw lastError('mmap', `map ${length} bytes of a perf ring`);
    }
    return new PerfRing(address, length, page);
  }

  /**
   * Reads everything that has been written. The view of a record is valid only during the call.
   * @returns false if there is an invalid record: the rest is skipped, because the start of the next one is
   * unknown
   */
  read(take: (record: DataView) => void): boolean {
    if (this.#memory === undefined) return true;
    const { control, data } = this.#memory;
    // Atomics orders the head before the records written before it, which a weakly ordered CPU would not
    const head = Atomics.load(control, DATA_HEAD);
    let tail = control[DATA_TAIL]!;
    const mask = data.length - 1;
    while (tail < head) {
      const at = Number(tail & BigInt(mask));
      const size = sizeAt(data, at, mask);
      // a size of 0 would loop for ever
      if (size < LEAST_RECORD || BigInt(size) > head - tail) {
        Atomics.store(control, DATA_TAIL, head);
        return false;
      }
      take(recordAt(data, at, size));
      tail += BigInt(size);
    }
    Atomics.store(control, DATA_TAIL, tail);
    return true;
  }

  unmap(): void {
    if (this.#memory === undefined) return;
    this.#memory = undefined;
    if (calls().munmap(this.address, this.length) !== 0) throw lastError('munmap', 'unmap a perf ring');
  }
}

/** Records start at multiples of 8, so a header never wraps around. */
function sizeAt(data: Uint8Array, at: number, mask: number): number {
  const view = new DataView(data.buffer, data.byteOffset);
  return view.getUint16((at + RECORD_SIZE) & mask, HOST_IS_LITTLE_ENDIAN);
}

function recordAt(data: Uint8Array, at: number, size: number): DataView {
  const beyond = at + size - data.length;
  if (beyond <= 0) return new DataView(data.buffer, data.byteOffset + at, size);
  const whole = new Uint8Array(size);
  whole.set(data.subarray(at));
  whole.set(data.subarray(0, beyond), size - beyond);
  return new DataView(whole.buffer);
}
