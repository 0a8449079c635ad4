/** The first steps of `foster init --machine`: what the init of a machine must do before any job can run. */
import { mkdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import {
  catchControlAltDelete,
  mount,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  setHostName,
  type MountRequest,
} from '../../kernel/machine.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import { readProcLink } from '../../kernel/proc/proc-file.js';
import type { Log } from '../log/log.js';
import { isCodedError } from '../../kernel/errno.js';

const KERNEL_VIEW = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** In order of dependency. An initramfs may have mounted some of them. */
const FILE_SYSTEMS: readonly MountRequest[] = [
  { type: 'proc', path: '/proc', flags: KERNEL_VIEW, options: '' },
  { type: 'sysfs', path: '/sys', flags: KERNEL_VIEW, options: '' },
  { type: 'devtmpfs', path: '/dev', flags: MS_NOSUID, options: 'mode=0755' },
  {
    type: 'devpts',
    path: '/dev/pts',
    flags: MS_NOSUID | MS_NOEXEC,
    options: 'gid=5,mode=0620,ptmxmode=0666',
  },
  { type: 'tmpfs', path: '/run', flags: MS_NOSUID | MS_NODEV, options: 'mode=0755' },
];

/** Host names of a kernel that has not been given one. */
const NAMELESS = new Set(['', '(none)', 'localhost']);

/** Prepares the machine. Failures are logged, and none of them prevents the start. */
export function startMachine(log: Log): void {
  for (const request of FILE_SYSTEMS) {
    if (!isMountPoint(request.path)) attempt(log, () => mountAt(request));
  }
  // without /proc, Node could not find out its own path
  if (!isAbsolute(process.execPath)) process.execPath = readProcLink('/proc/self/exe') ?? process.execPath;
  attempt(log, () => {
    const name = configuredHostName();
    if (name !== undefined && NAMELESS.has(hostname())) setHostName(name);
  });
  attempt(log, () => {
    if (!catchControlAltDelete()) log('info', 'Ctrl-Alt-Del cannot be caught here');
  });
}

function mountAt(request: MountRequest): void {
  mkdirSync(request.path, { recursive: true });
  mount(request);
}

/** Returns whether the directory is on another device than its parent. /proc/self/mountinfo may not exist yet. */
function isMountPoint(path: string): boolean {
  const [here, above] = [path, dirname(path)].map((at) => statSync(at, { throwIfNoEntry: false })?.dev);
  return here !== undefined && here !== above;
}

/** Returns the first line of hostname(5) that is not a comment. */
function configuredHostName(): string | undefined {
  const lines = readTextFile('/etc/hostname', { limit: 64 * 1024 }).split('\n');
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'));
}

function attempt(log: Log, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    log('warn', error.message);
  }
}
