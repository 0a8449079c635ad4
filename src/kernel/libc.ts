/**
 * The C library, through koffi. Modules of this folder declare the functions that they call next to the
 * calls, with `lazily(() => ({ kill: libc().declare('int', 'kill', ['int', 'int']) }))`. Nothing is loaded
 * before the first call, so client commands start without it, and a missing library is one clear message.
 */

import { createRequire } from 'node:module';

import type * as Koffi from 'koffi';

import { systemError } from './errno.js';
import type { SystemError } from './system-error.js';
import { lazily } from '../lazily.js';
import { messageOf } from '../text/phrases.js';

export { lazily };

/** The TypeScript types of C parameters. A Buffer is passed by address, for the duration of the call. */
interface Arguments {
  readonly int: number;
  readonly int16_t: number;
  readonly 'unsigned int': number;
  readonly long: number;
  readonly 'unsigned long': number;
  readonly int64_t: number;
  readonly uint64_t: number;
  readonly str: string;
  readonly 'void *': bigint | Uint8Array | null;
}

/** The functions used here never return numbers beyond 2^53. */
interface Results {
  readonly void: undefined;
  readonly int: number;
  readonly long: number;
  readonly int64_t: number;
  readonly uint64_t: number;
  readonly str: string;
  readonly 'void *': bigint;
}

type CFunction<R extends keyof Results, P extends readonly (keyof Arguments)[]> = (
  ...args: { [I in keyof P]: Arguments[P[I]] }
) => Results[R];

/**
 * Thrown if foster cannot supervise here at all. The message is one sentence for the administrator; the CLI
 * prints it and exits with 1.
 */
export class UnsupportedPlatformError extends Error {
  override readonly name = 'UnsupportedPlatformError';
}

interface Libc {
  readonly name: 'glibc' | 'musl';
  readonly koffi: typeof Koffi;
  /**
   * Declares a C function by its prototype.
   * @throws UnsupportedPlatformError if the library has no such function
   */
  readonly declare: <R extends keyof Results, const P extends readonly (keyof Arguments)[]>(
    result: R,
    name: string,
    parameters: P,
  ) => CFunction<R, P>;
  /** Declares a function that older libraries lack; undefined if it is missing. */
  readonly declareOptional: <R extends keyof Results, const P extends readonly (keyof Arguments)[]>(
    result: R,
    name: string,
    parameters: P,
  ) => CFunction<R, P> | undefined;
}

/** Returns the C library of this process. @throws UnsupportedPlatformError */
export const libc = lazily(load);

/**
 * Checks that foster can supervise on this system. @throws UnsupportedPlatformError with the reason in one
 * sentence
 */
export function requireSupportedPlatform(): void {
  libc();
}

/**
 * Returns the `SystemError` for the C function that has just failed. Call it before anything else can change
 * errno.
 */
export function lastError(syscall: string, attempt: string): SystemError {
  return systemError(syscall, libc().koffi.errno(), attempt);
}

function load(): Libc {
  if (process.platform !== 'linux') {
    throw new UnsupportedPlatformError(
      `foster supervises processes on Linux only; this is ${process.platform}.`,
    );
  }
  const koffi = loadKoffi();
  const library = openLibrary(koffi);
  const declareOptional: Libc['declareOptional'] = (result, name, parameters) =>
    isMissing(library, name) ? undefined : library.func(name, result, [...parameters]);
  return {
    name: isMissing(library, 'gnu_get_libc_version') ? 'musl' : 'glibc',
    koffi,
    declare: (result, name, parameters) => {
      const found = declareOptional(result, name, parameters);
      if (found !== undefined) return found;
      throw new UnsupportedPlatformError(`The C library lacks a function that foster needs: ${name}.`);
    },
    declareOptional,
  };
}

function isMissing(library: Koffi.LibraryHandle, name: string): boolean {
  try {
    library.symbol(name);
    return false;
  } catch (error) {
    // koffi reports this only in words
    if (error instanceof Error && error.message.startsWith('Cannot find')) return true;
    throw error;
  }
}

function loadKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as typeof Koffi;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new UnsupportedPlatformError(
      `The koffi package, through which foster calls the C library, cannot be loaded on ${process.platform} ${process.arch}: ${reason}.`,
    );
  }
}

/**
 * Opens the program itself, which links the C library and exports libuv, or else the C library by its file
 * name. Exactly one is used: musl loaded into a glibc process would bring a second allocator and errno.
 */
function openLibrary(koffi: typeof Koffi): Koffi.LibraryHandle {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const failures: string[] = [];
  for (const name of [null, 'libc.so.6', `libc.musl-${machine}.so.1`, `/lib/ld-musl-${machine}.so.1`]) {
    try {
      const library = koffi.load(name);
      library.symbol('posix_spawn');
      return library;
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new UnsupportedPlatformError(`No C library (glibc or musl) was found: ${failures.join('; ')}.`);
}

/**
 * System calls without a function in the oldest supported C library (glibc 2.28). All are newer than the
 * unified tables of Linux 5.0: their numbers are the same on x86_64, arm64 and every other architecture of
 * Node (include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl).
 */
export const SYS_PIDFD_SEND_SIGNAL = 424;
export const SYS_PIDFD_OPEN = 434;
export const SYS_CLOSE_RANGE = 436;

/** Older than that, so their numbers differ between the two architectures that foster supports. */
export const SYS_PERF_EVENT_OPEN = process.arch === 'arm64' ? 241 : 298;
export const SYS_GETDENTS64 = process.arch === 'arm64' ? 61 : 217;
export const SYS_BPF = process.arch === 'arm64' ? 280 : 321;
