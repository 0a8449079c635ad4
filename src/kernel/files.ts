import { closeSync, constants, writeSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';
import type { FileCalls } from './kernel.js';
import { SystemError } from './system-error.js';

// linux/memfd.h, linux/fcntl.h
const MFD_CLOEXEC = 0x1;
const MFD_ALLOW_SEALING = 0x2;
const MFD_NOEXEC_SEAL = 0x8;
const F_ADD_SEALS = 1033;
/** seal, shrink, grow, write: nobody changes a script while a shell reads it */
const ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8;
// asm-generic/fcntl.h, which all of Node's Linux architectures but MIPS share; Node does not name it
const O_CLOEXEC = 0o2000000;
// sys/file.h
const LOCK_EX = 2;
const LOCK_NB = 4;
// asm-generic/ioctls.h: opens the other end without a path, so that it works where /dev/pts is not ours (Linux 4.13)
const TIOCGPTPEER = 0x5441;
/** size of `struct termios` is 60 in glibc and in musl */
const TERMIOS_SIZE = 64;
const TERMIOS_OUTPUT_FLAGS = 4;
const OPOST = 0x1;
const TCSANOW = 0;
// poll.h
const POLLOUT = 0x4;
const POLLERR = 0x8;
const POLLHUP = 0x10;
const POLLFD_SIZE = 8;
const POLLFD_EVENTS = 4;
const POLLFD_REVENTS = 6;
/** A pipe that poll(2) calls writable takes this much without waiting (pipe(7), PIPE_BUF). */
const PIPE_BUF = 4096;

type Call = (...args: unknown[]) => number;

function libraryCalls(): Record<
  | 'mkfifo'
  | 'pipe2'
  | 'memfd_create'
  | 'flock'
  | 'poll'
  | 'posix_openpt'
  | 'unlockpt'
  | 'tcgetattr'
  | 'tcsetattr'
  | 'fcntl'
  | 'ioctl',
  Call
> {
  const library = koffi.load(null);
  const call = (declaration: string): Call => library.func(declaration) as Call;
  return {
    mkfifo: call('int mkfifo(const char *path, unsigned int mode)'),
    pipe2: call('int pipe2(void *ends, int flags)'),
    memfd_create: call('int memfd_create(const char *name, unsigned int flags)'),
    flock: call('int flock(int fd, int operation)'),
    poll: call('int poll(void *descriptors, unsigned long count, int timeout)'),
    posix_openpt: call('int posix_openpt(int flags)'),
    unlockpt: call('int unlockpt(int fd)'),
    tcgetattr: call('int tcgetattr(int fd, void *attributes)'),
    tcsetattr: call('int tcsetattr(int fd, int when, void *attributes)'),
    fcntl: call('int fcntl(int fd, int command, ...)'),
    ioctl: call('int ioctl(int fd, unsigned long request, ...)'),
  };
}

/** The present errno as an error. To be called right after the call that failed, before any other. */
function failure(syscall: string, attempt: string): SystemError {
  const errno = koffi.errno();
  const [code, reason] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  return new SystemError(syscall, errno, code, attempt, reason);
}

/** `FileCalls` by the C library. */
export class LinuxFiles implements FileCalls {
  private readonly libc = libraryCalls();

  makeFifo(path: string, mode: number): void {
    if (this.libc.mkfifo(path, mode) < 0) throw failure('mkfifo', `make the FIFO ${path}`);
  }

  makePipe(): { read: number; write: number } {
    const ends = Buffer.alloc(8);
    if (this.libc.pipe2(ends, O_CLOEXEC) < 0) throw failure('pipe2', 'make a pipe');
    const [read, write] = [ends.readInt32LE(0), ends.readInt32LE(4)];
    // the status flags belong to each end, so that the writing end stays blocking
    const F_SETFL = 4;
    if (this.libc.fcntl(read, F_SETFL, 'int', constants.O_NONBLOCK) < 0) {
      const error = failure('fcntl', 'make the reading end of a pipe non-blocking');
      closeSync(read);
      closeSync(write);
      throw error;
    }
    return { read, write };
  }

  makeMemoryFile(name: string, content: Uint8Array): number {
    const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    // with vm.memfd_noexec=2 only files that cannot be executed are allowed; before Linux 6.3 the flag is unknown
    let fd = this.libc.memfd_create(name, flags | MFD_NOEXEC_SEAL);
    if (fd < 0) fd = this.libc.memfd_create(name, flags);
    if (fd < 0) throw failure('memfd_create', `make the memory file ${name}`);
    for (let written = 0; written < content.length;) written += writeSync(fd, content, written);
    if (this.libc.fcntl(fd, F_ADD_SEALS, 'int', ALL_SEALS) < 0) {
      const error = failure('fcntl', `seal the memory file ${name}`);
      closeSync(fd);
      throw error;
    }
    return fd;
  }

  openTerminal(): { controller: number; terminal: number } {
    const open = constants.O_RDWR | constants.O_NOCTTY | O_CLOEXEC;
    const controller = this.libc.posix_openpt(open | constants.O_NONBLOCK);
    if (controller < 0) throw failure('posix_openpt', 'open a pseudo terminal');
    try {
      if (this.libc.unlockpt(controller) < 0) throw failure('unlockpt', 'unlock a pseudo terminal');
      const terminal = this.libc.ioctl(controller, TIOCGPTPEER, 'int', open);
      if (terminal < 0) throw failure('ioctl TIOCGPTPEER', 'open the other end of a pseudo terminal');
      this.leaveOutputAsItIs(terminal);
      return { controller, terminal };
    } catch (error) {
      closeSync(controller);
      throw error;
    }
  }

  lock(fd: number): boolean {
    if (this.libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return true;
    const error = failure('flock', 'lock a file');
    if (error.code === 'EAGAIN') return false;
    throw error;
  }

  writeNow(fd: number, bytes: Uint8Array): number {
    const descriptor = Buffer.alloc(POLLFD_SIZE);
    descriptor.writeInt32LE(fd, 0);
    descriptor.writeInt16LE(POLLOUT, POLLFD_EVENTS);
    if (this.libc.poll(descriptor, 1, 0) < 0)
      throw failure('poll', `ask whether descriptor ${fd} takes output`);
    const ready = descriptor.readInt16LE(POLLFD_REVENTS);
    // an error or a reader that has gone is for write(2) to report
    if ((ready & (POLLOUT | POLLERR | POLLHUP)) === 0) return 0;
    return writeSync(fd, bytes, 0, Math.min(bytes.length, PIPE_BUF));
  }

  private leaveOutputAsItIs(terminal: number): void {
    const attributes = Buffer.alloc(TERMIOS_SIZE);
    if (this.libc.tcgetattr(terminal, attributes) < 0) throw failure('tcgetattr', 'read terminal attributes');
    const flags = attributes.readUInt32LE(TERMIOS_OUTPUT_FLAGS);
    attributes.writeUInt32LE((flags & ~OPOST) >>> 0, TERMIOS_OUTPUT_FLAGS);
    if (this.libc.tcsetattr(terminal, TCSANOW, attributes) < 0)
      throw failure('tcsetattr', 'set terminal attributes');
  }
}
