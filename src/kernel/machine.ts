/**
 * What only the init of a machine does: mounts the essential file systems, sets the host name, and reboots or
 * halts (reboot(2)).
 */

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
  /** `mode=0755,size=10%`, as after -o of mount(8) */
  readonly options: string;
}

/**
 * Mounts a kernel file system.
 * @returns false if it is already mounted
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
 * Makes Ctrl-Alt-Del send INT to init instead of rebooting at once.
 * @returns false in a pid namespace, which has no such keys, and if it is not permitted
 */
export function catchControlAltDelete(): boolean {
  if (calls().reboot(CAD_OFF) === 0) return true;
  const error = lastError('reboot', 'catch Ctrl-Alt-Del');
  if (error.errno === EINVAL || error.errno === EPERM) return false;
  throw error;
}

/**
 * Syncs the disks, and ends the machine. In a pid namespace, the kernel instead ends the namespace's init, by
 * INT or (reboot) HUP as its parent sees it.
 * @throws SystemError EPERM without CAP_SYS_BOOT
 */
export function endMachine(how: keyof typeof COMMANDS): void {
  calls().sync();
  if (calls().reboot(COMMANDS[how]) !== 0) throw lastError('reboot', how);
}
