/**
 * Changes its root directory, working directory and identity, and then executes a job's program. foster uses it on
 * machines that have neither setpriv(1) nor chroot(1) of coreutils (Alpine, distroless images). Those tools are
 * preferred, since starting Node takes about 40 milliseconds.
 *
 *      node become.js TASK ARGV...     TASK is a BecomeTask as JSON
 */
import { replaceProgram } from '../../kernel/process/own-process.js';
import type { ResourceLimit } from '../../kernel/kernel.js';
import { lastError, libc } from '../../kernel/libc.js';
import { setLimit } from '../../kernel/process/limits.js';
import type { Identity } from './identity.js';
import { inheritedEnvironment } from './inherited-environment.js';
import { messageOf } from '../../text/phrases.js';

export interface BecomeTask {
  /** absolute, inside the root */
  readonly program: string;
  readonly root: string;
  /** inside the root */
  readonly directory: string;
  readonly identity?: Identity;
  /** the limit for the job: Node has raised its own */
  readonly openFiles?: ResourceLimit;
  /** descriptors beyond stderr that the program gets */
  readonly descriptors: readonly number[];
}

/** The exit status of a shell that cannot execute a program. */
const CANNOT_EXECUTE = 126;

/** The last real-time signal (signal(7)). */
const LAST_SIGNAL = 64;

function become(task: BecomeTask, argv: readonly string[]): never {
  const { declare } = libc();
  const chroot = declare('int', 'chroot', ['str']);
  const signal = declare('void *', 'signal', ['int', 'void *']);
  if (task.openFiles !== undefined) setLimit(process.pid, task.openFiles);
  if (task.root !== '/' && chroot(task.root) !== 0)
    throw lastError('chroot', `change the root directory to ${task.root}`);
  process.chdir(task.directory);
  if (task.identity !== undefined) changeIdentity(task.identity);
  // Node ignores SIGPIPE, and ignored signals stay ignored over an exec; for KILL and STOP the call fails, which does
  // no harm
  for (let number = 1; number <= LAST_SIGNAL; number += 1) signal(number, null);
  const env = Object.entries(inheritedEnvironment(process.env)).map(([key, value]) => `${key}=${value}`);
  return replaceProgram({ path: task.program, argv, env, keep: task.descriptors });
}

/** Changes the groups first: after the user has changed, there is no permission for it. */
function changeIdentity({ uid, gid, groups }: Identity): void {
  process.setgroups?.([...groups]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

const [task, ...argv] = process.argv.slice(2);
try {
  become(JSON.parse(task ?? '') as BecomeTask, argv);
} catch (error) {
  const reason = messageOf(error);
  process.stderr.write(`foster: unable to start ${argv[0] ?? 'a program'}: ${reason}\n`);
  process.exit(CANNOT_EXECUTE);
}
