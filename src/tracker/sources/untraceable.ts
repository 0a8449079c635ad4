/** Finds the processes that foster must not trace: they would lose rights, or are tracers themselves. */
import { ownCapabilities } from '../../kernel/process/capabilities.js';
import { lazily } from '../../kernel/libc.js';
import { readProcessStatus } from '../../kernel/proc/process-status.js';
import { lookAtProgram, type ProgramFile } from '../../kernel/proc/program-file.js';

const mayTraceAnything = lazily(() => ownCapabilities().has('SYS_PTRACE'));

/**
 * Tests whether a process would lose rights under a tracer. A setuid program gains no rights if its caller is
 * traced by a process without CAP_SYS_PTRACE (execve(2)), which Docker's default set lacks: sudo, ping and
 * mail delivery would fail. Root has nothing to gain.
 */
export function losesRightsUnderTracer(pid: number): boolean {
  if (mayTraceAnything()) return false;
  const status = readProcessStatus(pid);
  // a process that is gone has nothing to lose
  return status !== undefined && status.uid.effective !== 0;
}

/** The name in the string table of a dynamically linked program: between two NUL bytes. */
const IMPORT = Buffer.from('\0ptrace\0');

/** Larger programs are not checked: reading them would block everything else (a gigabyte takes a second). */
const MAX_PROGRAM_BYTES = 32 * 1024 * 1024;

/** Cache size, in programs; beyond it, each is checked again. */
const MAX_CACHED = 10_000;

/**
 * Detects programs that trace others (strace, gdb): a process can have only one tracer, so foster gives way.
 * A program that calls ptrace imports that symbol from the C library.
 */
export class TracerPrograms {
  /** by device, inode, size and time of change */
  readonly #known = new Map<string, boolean>();

  /** Tests whether this process's program may want to trace. False if it cannot be read. */
  includes(pid: number): boolean {
    return lookAtProgram(pid, (file) => this.#isTracer(file)) ?? false;
  }

  #isTracer({ stats, read }: ProgramFile): boolean {
    const { dev, ino, size, mtimeMs } = stats;
    const key = `${dev}:${ino}:${size}:${mtimeMs}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = size <= MAX_PROGRAM_BYTES && read().includes(IMPORT);
      if (this.#known.size >= MAX_CACHED) this.#known.clear();
      this.#known.set(key, found);
    }
    return found;
  }
}
