/** A process that is started, ended and reaped at once, for self-tests: its events must come back. */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';

import { kill } from '../../kernel/process/kill.js';
import { prepareProgram } from '../../kernel/process/spawn.js';
import { reapNow } from '../../kernel/process/wait.js';

/** Anything that can be started; Node itself is always there, if large. */
const TRIVIAL_PROGRAMS = ['/bin/true', '/usr/bin/true', '/bin/busybox', process.execPath];

/** @returns the pid of a process that has been started, ended and reaped */
export function startTrivialProgram(): number {
  const path = TRIVIAL_PROGRAMS.find((candidate) => existsSync(candidate)) ?? process.execPath;
  const program = prepareProgram({ path, argv: [path], env: [], newSession: true, descriptors: [] });
  try {
    const pid = program.spawn();
    // not waiting for what it may do: Node, for instance, takes its time
    kill(pid, constants.signals.SIGKILL);
    reapNow(pid);
    return pid;
  } finally {
    program.release();
  }
}
