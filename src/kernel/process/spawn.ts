/**
 * Starting programs by posix_spawn(3). Everything is marshalled when the job is loaded, so that a start is one call
 * (DESIGN section 3); fork(2) itself is out of the question in a process with V8's threads.
 */

import { ENOENT, systemError } from '../errno.js';
import { handTerminalTo } from './foreground.js';
import { planDescriptors, type DescriptorStep } from './descriptor-plan.js';
import type { PreparedProgram, ProgramSpec } from '../kernel.js';
import { lazily, libc, UnsupportedPlatformError } from '../libc.js';
import { addressOf, allocatePinned, marshalStrings } from '../pinned-buffer.js';
import { statIfPossible } from '../files/stat.js';

const calls = lazily(() => {
  const { declare, declareOptional } = libc();
  return {
    yieldProcessor: declare('int', 'sched_yield', []),
    posixSpawn: declare('int', 'posix_spawn', ['void *', 'void *', 'void *', 'void *', 'void *', 'void *']),
    attributesInit: declare('int', 'posix_spawnattr_init', ['void *']),
    attributesDestroy: declare('int', 'posix_spawnattr_destroy', ['void *']),
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
    /** glibc 2.35; the others are served by tcsetpgrp(3) after the start */
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

/** posix_spawn and its helpers return the errno instead of setting it. */
function check(syscall: string, errno: number, attempt: string): void {
  if (errno !== 0) throw systemError(syscall, errno, attempt);
}

/**
 * Marshals a program: attributes, file actions, argv and environment.
 * @throws SystemError, and TypeError or RangeError for a NUL byte or two descriptor actions with one target
 */
export function prepareProgram(spec: ProgramSpec): PreparedProgram {
  return new PosixSpawnProgram(spec);
}

class PosixSpawnProgram implements PreparedProgram {
  private readonly pid = allocatePinned(8);
  private readonly attributes = allocatePinned(ATTRIBUTES_SIZE);
  private readonly actions = allocatePinned(FILE_ACTIONS_SIZE);
  private readonly path: Buffer;
  private readonly argv: Buffer;
  private readonly envp: Buffer;
  private readonly pointers: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
  private readonly posixSpawn = calls().posixSpawn;
  private readonly yieldProcessor = calls().yieldProcessor;
  private released = false;

  constructor(readonly spec: ProgramSpec) {
    const attempt = `prepare ${spec.path}`;
    this.path = allocatePinned(Buffer.byteLength(spec.path) + 1);
    this.path.write(spec.path);
    this.argv = marshalStrings(spec.argv);
    this.envp = marshalStrings(spec.env);
    const steps = planDescriptors(spec.descriptors);

    check('posix_spawnattr_init', calls().attributesInit(this.attributes), attempt);
    check('posix_spawn_file_actions_init', calls().actionsInit(this.actions), attempt);
    try {
      this.setAttributes(attempt);
      if (spec.foregroundOn !== undefined) this.addForeground(spec.foregroundOn, attempt);
      for (const step of steps) this.addStep(step, attempt);
      if (spec.directory !== undefined) this.addDirectory(spec.directory, attempt);
    } catch (error) {
      this.release();
      throw error;
    }
    this.pointers = [
      addressOf(this.pid),
      addressOf(this.path),
      addressOf(this.actions),
      addressOf(this.attributes),
      addressOf(this.argv),
      addressOf(this.envp),
    ];
  }

  spawn(): number {
    if (this.released) throw new Error(`start ${this.spec.path}: the program has been released`);
    const [pid, path, actions, attributes, argv, envp] = this.pointers;
    const errno = this.posixSpawn(pid, path, actions, attributes, argv, envp);
    if (errno !== 0) throw this.explain(errno);
    // The child's exec wakes us on the processor that it runs on, so that it would wait for us, or for being moved to
    // another one: 0.4 ms of the 2.7 ms from a death to the next start (Linux 6.18).
    if (this.spec.isAwaited !== true) this.yieldProcessor();
    const child = this.pid.readInt32LE(0);
    const { foregroundOn } = this.spec;
    if (foregroundOn !== undefined && calls().addForeground === undefined)
      handTerminalTo(foregroundOn, child);
    return child;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    calls().actionsDestroy(this.actions);
    calls().attributesDestroy(this.attributes);
  }

  private setAttributes(attempt: string): void {
    const { setFlags, setDefaultSignals, setSignalMask } = calls();
    const signals = allocatePinned(SIGNAL_SET_SIZE);
    check('posix_spawnattr_setsigmask', setSignalMask(this.attributes, signals), attempt);
    // not sigfillset(3): it leaves out the two signals of the C library's threads, and posix_spawn then makes the child ignore them
    signals.fill(0xff);
    check('posix_spawnattr_setsigdefault', setDefaultSignals(this.attributes, signals), attempt);
    // the group's number is 0 in the attributes as they are initialised: the pid of the program itself
    const group = this.spec.foregroundOn === undefined ? 0 : POSIX_SPAWN_SETPGROUP;
    const session = this.spec.newSession ? POSIX_SPAWN_SETSID : group;
    check(
      'posix_spawnattr_setflags',
      setFlags(this.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | session),
      attempt,
    );
  }

  /** The child does it itself, with all signals blocked, so that it never reads from the background. */
  private addForeground(terminal: number, attempt: string): void {
    const errno = calls().addForeground?.(this.actions, terminal) ?? 0;
    check('posix_spawn_file_actions_addtcsetpgrp_np', errno, attempt);
  }

  private addStep(step: DescriptorStep, attempt: string): void {
    const { addDuplicate, addOpen, addClose } = calls();
    switch (step.kind) {
      case 'duplicate':
        check('posix_spawn_file_actions_adddup2', addDuplicate(this.actions, step.from, step.to), attempt);
        break;
      case 'open': {
        const errno = addOpen(this.actions, step.to, step.path, step.flags, step.mode);
        check('posix_spawn_file_actions_addopen', errno, attempt);
        break;
      }
      case 'close':
        check('posix_spawn_file_actions_addclose', addClose(this.actions, step.fd), attempt);
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

  /** posix_spawn has one errno for the file actions, the directory, the program and its interpreter alike. */
  private explain(errno: number): Error {
    const { path, directory } = this.spec;
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
