/**
 * Which programs trace others (strace, gdb): a process has one tracer at most, so foster gives way. A program that calls
 * ptrace has the name of that function among the symbols that it imports from the C library.
 */
import { lookAtProgram, type ProgramFile } from '../../kernel/proc/program-file.js';

/** As it stands in the table of names of a dynamically linked program: between two NUL bytes. */
const IMPORT = Buffer.from('\0ptrace\0');

/** Beyond this a program is not looked at: reading it would hold up everything else (a gigabyte takes a second). */
const MAX_PROGRAM_BYTES = 32 * 1024 * 1024;

/** Programs on a machine; beyond it, each is looked at anew. */
const MAX_CACHED = 10_000;

export class TracerPrograms {
  /** by device, inode, size and time of change */
  readonly #known = new Map<string, boolean>();

  /** Whether the program that this process runs may want to trace. False when it may not be read. */
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
