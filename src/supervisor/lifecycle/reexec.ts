import { closeSync } from 'node:fs';
import { EMFILE } from '../../kernel/errno.js';
import { SystemError } from '../../kernel/system-error.js';
import { descriptorShortage } from '../launch/open-files.js';
import { replaceProgram } from '../../kernel/process/own-process.js';
import type { Kernel } from '../../kernel/kernel.js';
import { HANDOVER_VARIABLE, savedDescriptors, writeHandover, type Handover } from '../state/handover.js';

/**
 * Executes foster's program again, as it is on disk now, in the same process and with the same arguments and
 * environment.
 *
 * All descriptors except those of the handover are closed, and all threads end. Signals have their default action
 * until the new program installs its handlers; meanwhile the kernel protects PID 1 from them (pid_namespaces(7)).
 * Children that end stay zombies until the new program reaps them.
 *
 * @param umask the umask that foster was started with, for the new program
 * @throws SystemError if it failed; then nothing has changed
 */
export function reexecute(handover: Handover, { files }: Pick<Kernel, 'files'>, umask: number): never {
  const shortage = descriptorShortage();
  // if somebody has lowered the limit since the start, Node might fail to start, and PID 1 would be gone
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
