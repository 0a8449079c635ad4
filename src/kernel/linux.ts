/** Implements the kernel interface; test/helpers/fake-kernel is its test double. */

import { EventLoop, type FatalHandler } from './event-loop.js';
import { LinuxFiles } from './files/files.js';
import type { Kernel } from './kernel.js';
import { kill, killGroup } from './process/kill.js';
import { requireSupportedPlatform } from './libc.js';
import { setLimit, setOomScore, setPriority } from './process/limits.js';
import { peerCredentials } from './sockets/peer-credentials.js';
import { openPidfd, pidfdInode } from './process/pidfd.js';
import { becomeSubreaper } from './process/own-process.js';
import { ProcFilesystem } from './proc/procfs.js';
import { prepareProgram } from './process/spawn.js';
import { consume, hasEnded, nextChange, reapEnded } from './process/wait.js';

interface KernelOptions {
  /**
   * receives exceptions of event loop callbacks; by default they are rethrown where 'uncaughtException' sees
   * them
   */
  readonly onFatal?: FatalHandler;
}

/** @throws UnsupportedPlatformError with one sentence for the administrator */
export function createKernel(options: KernelOptions = {}): Kernel {
  requireSupportedPlatform();
  const descriptors = new EventLoop(options.onFatal);
  return {
    processes: {
      prepare: prepareProgram,
      nextChange,
      consume,
      hasEnded,
      reapEnded,
      kill,
      killGroup,
      openPidfd: (pid) => openPidfd(pid, descriptors),
      pidfdInode,
      setLimit,
      setPriority,
      setOomScore,
      becomeSubreaper,
    },
    files: new LinuxFiles(),
    proc: new ProcFilesystem(),
    descriptors,
    now: () => Number(process.hrtime.bigint()),
    peerCredentials,
  };
}
