/** Replaces the supervisor's own program: stateful re-exec (DESIGN section 3). */

import { setCloseOnExec } from './close-on-exec.js';
import { lastError, lazily, libc } from '../libc.js';
import { marshalled } from '../pinned-buffer.js';

const calls = lazily(() => ({
  execve: libc().declare('int', 'execve', ['str', 'void *', 'void *']),
}));

interface ExecRequest {
  /** absolute */
  readonly path: string;
  readonly argv: readonly string[];
  /** `KEY=VALUE` */
  readonly env: readonly string[];
  /** descriptors that the new program keeps, in addition to 0-2 */
  readonly keep: readonly number[];
}

const STANDARD_DESCRIPTORS = [0, 1, 2];

/**
 * Calls execve(2): same pid, same children, another program. All other threads end and no more code of this
 * program runs, so the state must have been written before.
 * @throws SystemError if it failed: then this program goes on
 */
export function replaceProgram(request: ExecRequest): never {
  const kept = [...STANDARD_DESCRIPTORS, ...request.keep];
  const argv = marshalled(request.argv);
  const envp = marshalled(request.env);
  for (const fd of kept) setCloseOnExec(fd, false);
  calls().execve(request.path, argv, envp);
  const error = lastError('execve', `re-execute ${request.path}`);
  for (const fd of kept) setCloseOnExec(fd, true);
  throw error;
}
