/**
 * TERM in the first moments of PID 1: the kernel keeps it from a process that has no handler for it yet. What the handlers of
 * bin/early-signals.js are worth is measured (docs/pid-one.md): the moment in which they stand cannot be told from outside.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readProcFile } from '../../src/kernel/proc/proc-file.js';
import { readProcessStatus } from '../../src/kernel/proc/process-status.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/foster', import.meta.url));

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

function childOf(pid: number): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return child === undefined ? undefined : Number(child);
}

/** Its name, or undefined when it has ended. */
function commandOf(pid: number): string | undefined {
  return readProcFile(`/proc/${pid}/comm`)?.toString('utf8').trim();
}

t.test('TERM ends the launcher with 143 before it becomes Node', async (t) => {
  // it is met in its place where it waits for the end of another program
  const [launcher] = readFileSync(PROGRAM, 'utf8').split('*/', 1);
  const script = launcher!.replace('exec node', 'sleep 1000; : node');
  const words = ['--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script];
  const unshare = spawn('unshare', words, { stdio: 'ignore' });
  t.teardown(() => unshare.kill('SIGKILL'));
  const ended = once(unshare, 'exit');
  const pid = await until('PID 1', () => childOf(unshare.pid!));
  // the launcher asks for the limit of open files in a subshell before
  const sleep = await until('the program for which it waits', () => {
    const child = childOf(pid);
    return child !== undefined && commandOf(child) === 'sleep' && child;
  });
  t.ok(readProcessStatus(pid)?.caughtSignals.has(constants.signals.SIGTERM));
  process.kill(pid, 'SIGTERM');
  // a shell runs its traps when the program has ended that it waits for
  process.kill(sleep, 'SIGKILL');
  t.equal((await ended)[0], 143);
});
