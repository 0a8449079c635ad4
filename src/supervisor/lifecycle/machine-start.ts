/** The first acts of `foster init --machine`: what the kernel leaves to init before any job can run. */
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
import { SystemError } from '../../kernel/system-error.js';
import type { Log } from '../log/log.js';

const KERNEL_VIEW = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** In an order in which each is there for the next. An initramfs may have mounted some of them. */
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

/** Names that a kernel has before anybody has given it one. */
const NAMELESS = new Set(['', '(none)', 'localhost']);

/** Nothing here is worth not starting for: what fails is said, and the machine goes on. */
export function startMachine(log: Log): void {
  for (const request of FILE_SYSTEMS) {
    if (!isMountPoint(request.path)) attempt(log, () => mountAt(request));
  }
  // Node found no /proc to ask which program it is
  if (!isAbsolute(process.execPath)) process.execPath = readProcLink('/proc/self/exe') ?? process.execPath;
  attempt(log, () => {
    const name = configuredHostName();
    if (name !== undefined && NAMELESS.has(hostname())) setHostName(name);
  });
  attempt(log, () => {
    if (!catchControlAltDelete()) log('info', 'Ctrl-Alt-Del is not for us to catch here');
  });
}

function mountAt(request: MountRequest): void {
  mkdirSync(request.path, { recursive: true });
  mount(request);
}

/** Another device than the directory above it: /proc/self/mountinfo may not be there yet. */
function isMountPoint(path: string): boolean {
  const [here, above] = [path, dirname(path)].map((at) => statSync(at, { throwIfNoEntry: false })?.dev);
  return here !== undefined && here !== above;
}

/** hostname(5): the first line that is no comment */
function configuredHostName(): string | undefined {
  const lines = readTextFile('/etc/hostname', { limit: 64 * 1024 }).split('\n');
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('#'));
}

function attempt(log: Log, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SystemError || (error instanceof Error && 'code' in error))) throw error;
    log('warn', error.message);
  }
}
