/** TERM in the first moments of PID 1: the kernel keeps it from a process that has no handler for it yet. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readProcessStatus } from '../../src/kernel/process-status.js';
import { plainEnvironment } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/foster', import.meta.url));

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const { SIGTERM } = constants.signals;

function childOf(pid: number): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return child === undefined ? undefined : Number(child);
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

// the shell has its trap, Node the handlers of bin/early-signals.js, foster those of its own
for (const when of ['the launcher, a shell,', 'Node'] as const) {
  t.test(`TERM ends PID 1 as soon as ${when} catches it`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'foster-early-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const confdir = join(directory, 'conf');
    mkdirSync(confdir);
    const places = [
      '--confdir',
      confdir,
      '--logdir',
      join(directory, 'log'),
      '--rundir',
      join(directory, 'run'),
    ];
    // so that the launcher is met before it becomes Node: it waits for the end of a program in its place
    const words =
      when === 'Node'
        ? [PROGRAM, 'init', ...places]
        : [
            'sh',
            '-c',
            readFileSync(PROGRAM, 'utf8').split('\n')[1]!.replace('exec node', 'sleep 1000; : node'),
          ];
    // tap loads modules into every Node below it
    const env = { ...plainEnvironment(), NODE_OPTIONS: '' };
    const unshare = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', ...words], {
      env,
      stdio: 'ignore',
    });
    t.teardown(() => unshare.kill('SIGKILL'));
    const ended = once(unshare, 'exit');
    const pid = await until('PID 1', () => childOf(unshare.pid!));
    const isNode = (): boolean => nameOf(pid) === 'node' || nameOf(pid) === 'MainThread';
    await until('a handler', () => {
      const caught = readProcessStatus(pid)?.caughtSignals;
      // the kernel renames a process a moment before it drops the handlers of its former program, TERM's and INT's here
      const isIt = when === 'Node' ? isNode() && caught!.size > 2 : nameOf(pid) === 'sh';
      return isIt && caught?.has(SIGTERM) === true;
    });
    process.kill(pid, SIGTERM);
    // a shell runs its traps when the program has ended that it waits for
    if (when !== 'Node')
      await until('its child', () => childOf(pid)).then((child) => process.kill(child, 'SIGKILL'));
    const [status] = (await ended) as [number | null];
    t.ok(status === 143 || (when === 'Node' && status === 0), `status ${status}`);
  });
}
