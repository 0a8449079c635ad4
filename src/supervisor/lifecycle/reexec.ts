import { closeSync } from 'node:fs';
import { EMFILE } from '../../kernel/errno.js';
import { SystemError } from '../../kernel/system-error.js';
import { descriptorShortage } from '../launch/open-files.js';
import { replaceProgram } from '../../kernel/process/exec.js';
import type { Kernel } from '../../kernel/kernel.js';
import { HANDOVER_VARIABLE, savedDescriptors, writeHandover, type Handover } from '../state/handover.js';

/**
 * Replaces this program by itself, as it is on disk now: same arguments, same environment, same process.
 *
 * All descriptors but those of the handover close, all threads end, and signals are at their defaults until the new
 * program has its handlers: the kernel protects PID 1 from them meanwhile (pid_namespaces(7)). Children that end wait to be
 * reaped.
 *
 * @param umask of foster's own start, which the new program is to find again
 * @throws SystemError when it failed: then nothing has changed
 */
export function reexecute(handover: Handover, { files }: Pick<Kernel, 'files'>, umask: number): never {
  const shortage = descriptorShortage();
  // somebody has lowered the limit since the start: Node might not even begin, and PID 1 would be gone
  if (shortage !== undefined) throw new SystemError('execve', EMFILE, 'EMFILE', 're-execute', shortage);
  const file = files.makeMemoryFile('handover', Buffer.from(writeHandover(handover)));
  const own = process.umask(umask);
  try {
    const env = Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ''}`);
    replaceProgram({
      path: process.execPath,
      argv: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
      env: [...env, `${HANDOVER_VARIABLE}=${file}`],
      keep: [file, ...savedDescriptors(handover)],
    });
  } finally {
    process.umask(own);
    closeSync(file);
  }
}
