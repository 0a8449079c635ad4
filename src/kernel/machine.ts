/** What only the init of a machine does: the file systems that everything else needs, the host name, and the end (reboot(2)). */

import { EBUSY, EINVAL, EPERM } from './errno.js';
import { lastError, lazily, libc } from './libc.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    mount: declare('int', 'mount', ['str', 'str', 'str', 'unsigned long', 'str']),
    setHostName: declare('int', 'sethostname', ['str', 'uint64_t']),
    sync: declare('void', 'sync', []),
    reboot: declare('int', 'reboot', ['int']),
  };
});

/** <sys/mount.h> */
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;

export interface MountRequest {
  readonly type: string;
  readonly path: string;
  readonly flags: number;
  /** `mode=0755,size=10%`, as mount(8) has them behind -o */
  readonly options: string;
}

/**
 * Mounts a file system of the kernel's own.
 * @returns false when it is there already
 * @throws SystemError
 */
export function mount({ type, path, flags, options }: MountRequest): boolean {
  if (calls().mount(type, path, type, flags, options) === 0) return true;
  const error = lastError('mount', `mount ${type} at ${path}`);
  if (error.errno === EBUSY) return false;
  throw error;
}

/** @throws SystemError */
export function setHostName(name: string): void {
  if (calls().setHostName(name, Buffer.byteLength(name)) !== 0) {
    throw lastError('sethostname', `call the machine ${name}`);
  }
}

/** LINUX_REBOOT_CMD_*, <linux/reboot.h> */
const COMMANDS = {
  reboot: 0x01234567,
  halt: 0xcdef0123 | 0,
  'power-off': 0x4321fedc,
} as const;
const CAD_OFF = 0;

/**
 * Ctrl-Alt-Del sends INT to init from now on instead of rebooting at once.
 * @returns false in a pid namespace, which has no such keys, and where it is not permitted
 */
export function catchControlAltDelete(): boolean {
  if (calls().reboot(CAD_OFF) === 0) return true;
  const error = lastError('reboot', 'catch Ctrl-Alt-Del');
  if (error.errno === EINVAL || error.errno === EPERM) return false;
  throw error;
}

/**
 * Writes what has not been written, and ends the machine. In a pid namespace of its own, the kernel ends the namespace's
 * init instead, by INT or (reboot) HUP as its parent sees it.
 * @throws SystemError EPERM without CAP_SYS_BOOT
 */
export function endMachine(how: keyof typeof COMMANDS): void {
  calls().sync();
  if (calls().reboot(COMMANDS[how]) !== 0) throw lastError('reboot', how);
}
