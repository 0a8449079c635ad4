/** Opens a pseudo terminal, for programs that buffer their output otherwise (`console log pty`). */

import { closeSync, constants, openSync } from 'node:fs';

import { fromNodeError } from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    ioctlPointer: declare('int', 'ioctl', ['int', 'unsigned long', 'void *']),
    ioctlNumber: declare('int', 'ioctl', ['int', 'unsigned long', 'long']),
    tcgetattr: declare('int', 'tcgetattr', ['int', 'void *']),
    tcsetattr: declare('int', 'tcsetattr', ['int', 'int', 'void *']),
  };
});

const O_CLOEXEC = 0o2000000;
/** <asm-generic/ioctls.h>; TIOCGPTPEER since Linux 4.13: it needs no path, so a container may lack /dev/pts */
const TIOCSPTLCK = 0x40045431;
const TIOCGPTPEER = 0x5441;
/** struct termios of glibc and musl: 60 bytes, c_oflag second */
const TERMIOS_SIZE = 60;
const C_OFLAG = 4;
const OPOST = 1;
const TCSANOW = 0;

/**
 * @returns the controller's end, non-blocking, and the terminal's, whose output passes unchanged (no CR LF).
 * Both are close-on-exec; the caller closes them.
 * @throws SystemError, for instance ENOENT if there is no /dev/ptmx
 */
export function openTerminal(): { readonly controller: number; readonly terminal: number } {
  const { ioctlPointer, ioctlNumber } = calls();
  const controller = openMultiplexer();
  try {
    if (ioctlPointer(controller, TIOCSPTLCK, allocatePinned(4)) !== 0)
      throw lastError('ioctl', 'unlock a terminal');
    const flags = constants.O_RDWR | constants.O_NOCTTY | O_CLOEXEC;
    const terminal = ioctlNumber(controller, TIOCGPTPEER, flags);
    if (terminal < 0) throw lastError('ioctl', 'open the other end of a terminal');
    passOutputUnchanged(terminal);
    return { controller, terminal };
  } catch (error) {
    closeSync(controller);
    throw error;
  }
}

function openMultiplexer(): number {
  try {
    return openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (error) {
    throw fromNodeError(error, 'open a terminal (/dev/ptmx)');
  }
}

function passOutputUnchanged(terminal: number): void {
  const { tcgetattr, tcsetattr } = calls();
  const settings = allocatePinned(TERMIOS_SIZE);
  if (tcgetattr(terminal, settings) !== 0) throw lastError('tcgetattr', 'read the settings of a terminal');
  const view = viewOf(settings);
  view.setUint32(C_OFLAG, view.getUint32(C_OFLAG, HOST_IS_LITTLE_ENDIAN) & ~OPOST, HOST_IS_LITTLE_ENDIAN);
  if (tcsetattr(terminal, TCSANOW, settings) !== 0) throw lastError('tcsetattr', 'set up a terminal');
}
