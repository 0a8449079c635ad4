/** Starts, kills and immediately reaps a process, for self-tests: its events must come back. */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';

import { kill } from '../../kernel/process/kill.js';
import { prepareProgram } from '../../kernel/process/spawn.js';
import { reapNow } from '../../kernel/process/wait.js';

/** Any program will do; Node itself is large but always there. */
const TRIVIAL_PROGRAMS = ['/bin/true', '/usr/bin/true', '/bin/busybox', process.execPath];

/** @returns the pid of the process */
export function startTrivialProgram(): number {
  const path = TRIVIAL_PROGRAMS.find((candidate) => existsSync(candidate)) ?? process.execPath;
  const program = prepareProgram({ path, argv: [path], env: [], newSession: true, descriptors: [] });
  try {
    const pid = program.spawn();
    // does not wait for its end: Node, for instance, takes its time to start
    kill(pid, constants.signals.SIGKILL);
    reapNow(pid);
    return pid;
  } finally {
    program.release();
  }
}
