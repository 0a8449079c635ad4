/**
 * Starts programs with posix_spawn(3). Everything is marshalled when the job is loaded, so that a start is
 * one call (DESIGN section 3). fork(2) itself is impossible in a process with V8's threads.
 */

import { EBADF, EMFILE, ENOENT, systemError } from '../errno.js';
import { handTerminalTo } from './foreground.js';
import { planDescriptors, type DescriptorStep } from './descriptor-plan.js';
import type { PreparedProgram, ProgramSpec } from '../kernel.js';
import { lazily, libc, UnsupportedPlatformError } from '../libc.js';
import { addressOf, allocatePinned, marshalledSize, marshalStrings } from '../pinned-buffer.js';
import { statIfPossible } from '../files/stat.js';

const calls = lazily(() => {
  const { declare, declareOptional } = libc();
  return {
    yieldProcessor: declare('int', 'sched_yield', []),
    posixSpawn: declare('int', 'posix_spawn', ['void *', 'void *', 'void *', 'void *', 'void *', 'void *']),
    attributesInit: declare('int', 'posix_spawnattr_init', ['void *']),
    setFlags: declare('int', 'posix_spawnattr_setflags', ['void *', 'int16_t']),
    setDefaultSignals: declare('int', 'posix_spawnattr_setsigdefault', ['void *', 'void *']),
    setSignalMask: declare('int', 'posix_spawnattr_setsigmask', ['void *', 'void *']),
    actionsInit: declare('int', 'posix_spawn_file_actions_init', ['void *']),
    actionsDestroy: declare('int', 'posix_spawn_file_actions_destroy', ['void *']),
    addDuplicate: declare('int', 'posix_spawn_file_actions_adddup2', ['void *', 'int', 'int']),
    addOpen: declare('int', 'posix_spawn_file_actions_addopen', [
      'void *',
      'int',
      'str',
      'int',
      'unsigned int',
    ]),
    /** glibc 2.35; other versions call tcsetpgrp(3) after the start */
    addForeground: declareOptional('int', 'posix_spawn_file_actions_addtcsetpgrp_np', ['void *', 'int']),
    addClose: declare('int', 'posix_spawn_file_actions_addclose', ['void *', 'int']),
    /** glibc 2.29, musl 1.1.24 */
    addDirectory: declareOptional('int', 'posix_spawn_file_actions_addchdir_np', ['void *', 'str']),
  };
});

/** <spawn.h>; POSIX_SPAWN_SETSID since glibc 2.26 and musl 1.1.19 */
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** Largest of glibc's and musl's: posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128. */
const ATTRIBUTES_SIZE = 336;
const FILE_ACTIONS_SIZE = 80;
const SIGNAL_SET_SIZE = 128;

/** Checks a result: posix_spawn and its helpers return the errno instead of setting it. */
function check(syscall: string, errno: number, attempt: string): void {
  if (errno !== 0) throw systemError(syscall, errno, attempt);
}

/**
 * Checks an action on a descriptor. The C library refuses one that is above the limit of open files: somebody has lowered that
 * since the descriptor was opened, and it is a shortage, not an error of ours.
 */
function checkAction(syscall: string, errno: number, attempt: string): void {
  check(syscall, errno === EBADF ? EMFILE : errno, attempt);
}

/**
 * Marshals a program: attributes, file actions, argv and environment.
 * @throws SystemError, and TypeError or RangeError for a NUL byte or two descriptor actions with one target
 */
export function prepareProgram(spec: ProgramSpec): PreparedProgram {
  return new PosixSpawnProgram(spec);
}

/** The layout of a program's block; argv and envp follow, then the path. */
const PID_AT = 0;
const ACTIONS_AT = 8;
const ARGV_AT = ACTIONS_AT + FILE_ACTIONS_SIZE;

/** One block of memory holds everything that posix_spawn gets: thousands of jobs keep such a program. */
class PosixSpawnProgram implements PreparedProgram {
  private readonly block: Buffer;
  private readonly base: bigint;
  private readonly envpAt: number;
  private readonly pathAt: number;
  private readonly attributes: bigint;
  private readonly path: string;
  private readonly directory: string | undefined;
  private readonly isAwaited: boolean;
  private readonly foregroundOn: number | undefined;
  private released = false;

  constructor(spec: ProgramSpec) {
    const { path, argv, env, directory, foregroundOn } = spec;
    this.path = path;
    this.directory = directory;
    this.isAwaited = spec.isAwaited === true;
    this.foregroundOn = foregroundOn;
    const steps = planDescriptors(spec.descriptors);
    this.envpAt = ARGV_AT + marshalledSize(argv);
    this.pathAt = this.envpAt + marshalledSize(env);
    this.block = allocatePinned(this.pathAt + Buffer.byteLength(path) + 1);
    this.base = addressOf(this.block);
    marshalStrings(this.block, ARGV_AT, argv);
    marshalStrings(this.block, this.envpAt, env);
    this.block.write(path, this.pathAt);
    this.attributes = attributesFor(spec);
    this.prepareActions(steps);
  }

  spawn(): number {
    if (this.released) throw new Error(`start ${this.path}: the program has been released`);
    const { posixSpawn, yieldProcessor } = calls();
    const errno = posixSpawn(
      this.base,
      this.address(this.pathAt),
      this.actions,
      this.attributes,
      this.address(ARGV_AT),
      this.address(this.envpAt),
    );
    if (errno !== 0) throw this.explain(errno);
    // Yields: the child's exec wakes us on its own processor, so it would wait for us, or for a move to
    // another one: 0.4 ms of the 2.7 ms from an exit to the next start (Linux 6.18).
    if (!this.isAwaited) yieldProcessor();
    const child = this.block.readInt32LE(PID_AT);
    const { foregroundOn } = this;
    if (foregroundOn !== undefined && calls().addForeground === undefined)
      handTerminalTo(foregroundOn, child);
    return child;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    calls().actionsDestroy(this.actions);
  }

  private get actions(): bigint {
    return this.address(ACTIONS_AT);
  }

  private address(offset: number): bigint {
    return this.base + BigInt(offset);
  }

  private prepareActions(steps: readonly DescriptorStep[]): void {
    const attempt = `prepare ${this.path}`;
    check('posix_spawn_file_actions_init', calls().actionsInit(this.actions), attempt);
    try {
      if (this.foregroundOn !== undefined) this.addForeground(this.foregroundOn, attempt);
      for (const step of steps) this.addStep(step, attempt);
      if (this.directory !== undefined) this.addDirectory(this.directory, attempt);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /**
   * Makes the child itself take the foreground, with all signals blocked, so that it never reads from the
   * background.
   */
  private addForeground(terminal: number, attempt: string): void {
    const errno = calls().addForeground?.(this.actions, terminal) ?? 0;
    check('posix_spawn_file_actions_addtcsetpgrp_np', errno, attempt);
  }

  private addStep(step: DescriptorStep, attempt: string): void {
    const { addDuplicate, addOpen, addClose } = calls();
    switch (step.kind) {
      case 'duplicate':
        checkAction(
          'posix_spawn_file_actions_adddup2',
          addDuplicate(this.actions, step.from, step.to),
          attempt,
        );
        break;
      case 'open': {
        const errno = addOpen(this.actions, step.to, step.path, step.flags, step.mode);
        checkAction('posix_spawn_file_actions_addopen', errno, attempt);
        break;
      }
      case 'close':
        checkAction('posix_spawn_file_actions_addclose', addClose(this.actions, step.fd), attempt);
        break;
    }
  }

  private addDirectory(directory: string, attempt: string): void {
    const { addDirectory } = calls();
    if (addDirectory === undefined) {
      throw new UnsupportedPlatformError(
        `The C library cannot start a program in a directory of its own (posix_spawn_file_actions_addchdir_np: glibc 2.29 or musl 1.1.24 is needed): ${directory}.`,
      );
    }
    check('posix_spawn_file_actions_addchdir_np', addDirectory(this.actions, directory), attempt);
  }

  /**
   * Finds the cause: posix_spawn returns the same errno for the file actions, the directory, the program and
   * its interpreter.
   */
  private explain(errno: number): Error {
    const { path, directory } = this;
    if (directory !== undefined && statIfPossible(directory)?.isDirectory() !== true) {
      return systemError('posix_spawn', errno, `start ${path} in directory ${directory}`);
    }
    if (errno === ENOENT && statIfPossible(path) !== undefined) {
      return systemError(
        'posix_spawn',
        errno,
        `start ${path} (the file exists: its interpreter or loader is missing)`,
      );
    }
    return systemError('posix_spawn', errno, `start ${path}`);
  }
}

/** Shared attributes: they differ only in the session, and posix_spawn only reads them. */
const attributesByFlags = new Map<number, { readonly address: bigint; readonly memory: Buffer }>();

function attributesFor({ newSession, foregroundOn }: ProgramSpec): bigint {
  // the group's number is 0 in freshly initialised attributes: the program's own pid
  const group = foregroundOn === undefined ? 0 : POSIX_SPAWN_SETPGROUP;
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (newSession ? POSIX_SPAWN_SETSID : group);
  const known = attributesByFlags.get(flags);
  if (known !== undefined) return known.address;
  const memory = makeAttributes(flags);
  const made = { address: addressOf(memory), memory };
  attributesByFlags.set(flags, made);
  return made.address;
}

function makeAttributes(flags: number): Buffer {
  const { attributesInit, setFlags, setDefaultSignals, setSignalMask } = calls();
  const attempt = 'prepare a program';
  const attributes = allocatePinned(ATTRIBUTES_SIZE);
  const signals = allocatePinned(SIGNAL_SET_SIZE);
  check('posix_spawnattr_init', attributesInit(attributes), attempt);
  check('posix_spawnattr_setsigmask', setSignalMask(attributes, signals), attempt);
  // not sigfillset(3): it omits the two signals of the C library's threads, and posix_spawn then makes the
  // child ignore them
  signals.fill(0xff);
  check('posix_spawnattr_setsigdefault', setDefaultSignals(attributes, signals), attempt);
  check('posix_spawnattr_setflags', setFlags(attributes, flags), attempt);
  return attributes;
}
