/** What the supervisor does to its own process: prctl(2), execve(2) for a re-exec, _exit(2). */
import { foreignDescriptors } from '../files/close-foreign.js';
import { lastError, lazily, libc } from '../libc.js';
import { setCloseOnExec } from './close-on-exec.js';
import { marshalled } from '../pinned-buffer.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    prctl: declare('int', 'prctl', [
      'int',
      'unsigned long',
      'unsigned long',
      'unsigned long',
      'unsigned long',
    ]),
    execve: declare('int', 'execve', ['str', 'void *', 'void *']),
    exitNow: declare('void', '_exit', ['int']),
  };
});

/** <linux/prctl.h> */
const PR_SET_CHILD_SUBREAPER = 36;

/**
 * Makes orphans among our descendants our children (Linux 3.4). Kept over execve, not inherited by children.
 */
export function becomeSubreaper(): void {
  if (calls().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) throw lastError('prctl', 'become a subreaper');
}

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

/**
 * Ends this program at once, whatever is still open or has failed. Node alone exits only when nothing is left
 * to do: a watch that keeps failing would keep PID 1, and with it the container, for ever.
 */
export function endProcess(status: number): never {
  try {
    // Node would wait for its threads
    if (foreignDescriptors() > 0) calls().exitNow(status);
    process.exit(status);
  } finally {
    // a listener of `exit` has thrown
    calls().exitNow(status);
  }
}
