import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { COMMANDS } from '../../src/cli/command-table.js';
import { initctl } from '../../src/cli/initctl/main.js';
import { main } from '../../src/cli/main.js';
import { terminalOver, type Escaping } from '../../src/cli/terminal.js';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve, type Served } from '../control/serve.js';

const EVIL = 'x\x1b]0;title\x07\x1b[5m\x9b2J\ny';
const PROGRAM = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../../bin/foster', import.meta.url));

/** A supervisor that passes on whatever a job could make it pass on. */
async function evilSupervisor(t: Parameters<typeof serve>[0]): Promise<Served> {
  const served = await serve(t);
  const status = runningJob(EVIL, 12, {
    instance: EVIL,
    description: EVIL,
    statusText: EVIL,
    waitingFor: EVIL,
    failure: EVIL,
    processes: [
      { process: 'main', pid: 12 },
      { process: EVIL, pid: 13 },
    ],
  });
  served.api.statuses = [status];
  const node = { pid: 12, command: EVIL, role: 'main' as const, session: 1, children: [] };
  served.api.trees = [{ status, roots: [node] }];
  served.api.waiting = [{ what: EVIL, waitsFor: [EVIL] }];
  served.api.classReports = [{ name: EVIL, path: EVIL, errors: [{ line: 1, message: EVIL }] }];
  served.api.onCommand = () => ({
    outcome: failure('job-failed', EVIL),
    status: jobStatus(EVIL),
    output: [EVIL],
  });
  return served;
}

async function printed(
  run: (terminal: ReturnType<typeof terminalOver>) => Promise<number>,
  served: Served,
  escaping: Escaping,
  isTerminal: boolean,
) {
  let [out, err] = ['', ''];
  const sinks = {
    stdout: (text: string | Uint8Array) => (out += String(text)),
    stderr: (text: string) => (err += text),
  };
  const env = { FOSTER_SOCKET: served.path, NO_COLOR: '1' };
  await run(
    terminalOver(sinks, { env, uid: 0, isTerminal: { stdout: isTerminal, stderr: isTerminal }, escaping }),
  );
  return { out, err, all: out + err };
}

const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

t.test('whatever a job brings, no command sends it to a terminal', async (t) => {
  const served = await evilSupervisor(t);
  const lines = [
    'list',
    'status *',
    'tree',
    'start x',
    'stop x',
    'events --pending',
    'show-config',
    'health --level ready',
  ];
  for (const line of [...lines, ...lines.map((words) => `${words} --json`), 'status nosuch\x1b[2J']) {
    const { all } = await printed((terminal) => main(line.split(' '), terminal), served, 'always', true);
    t.not(all, '', line);
    t.notMatch(all, UNSAFE, line);
  }
  for (const line of ['list', 'status x', `status nosuch${EVIL}`, 'show-config']) {
    const { all } = await printed(
      (terminal) => initctl('initctl', line.split(' '), terminal),
      served,
      'on-terminals',
      true,
    );
    t.notMatch(all, UNSAFE, `initctl ${line}`);
  }
});

t.test('no name and no argument makes a line of its own, in a pipe neither', async (t) => {
  const served = await evilSupervisor(t);
  for (const line of ['list', 'tree', 'status *', 'events --pending']) {
    const { out } = await printed((terminal) => main(line.split(' '), terminal), served, 'always', false);
    t.match(out, 'x\\x1b', line);
    t.notMatch(out, /^y/m, line);
  }
});

t.test('--raw shows text as it is', async (t) => {
  const served = await evilSupervisor(t);
  const { out } = await printed((terminal) => main(['tree', '--raw'], terminal), served, 'always', true);
  t.match(out, '\x1b]0;title\x07');
});

t.test('initctl is Upstart’s to the letter where a program reads it', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('a\x1bb', 12)];
  const { out } = await printed(
    (terminal) => initctl('initctl', ['list'], terminal),
    served,
    'on-terminals',
    false,
  );
  t.equal(out, 'a\x1bb start/running, process 12\n');
});

interface Ended {
  readonly status: number;
  readonly err: string;
}

function ended(program: string, args: readonly string[], socket: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { ...process.env, FOSTER_SOCKET: socket } }, (error, _, err) => {
      resolve({ status: Number(error?.code ?? 0), err });
    });
  });
}

/** A line for each command that prints something at once; those that go on, or print nothing, have tests of their own. */
const PRINTING: Readonly<Record<string, string>> = {
  start: 'start sshd',
  stop: 'stop sshd',
  restart: 'restart --keep sshd',
  reload: 'reload --no-wait sshd',
  'reset-failed': 'reset-failed sshd',
  freeze: 'freeze sshd',
  thaw: 'thaw sshd',
  status: 'status sshd',
  why: 'why sshd',
  list: 'list --json',
  tree: 'tree',
  top: 'top --count 1 --interval 0.1',
  metrics: 'metrics',
  events: 'events --pending',
  health: 'health',
  runlevel: 'runlevel',
  'reload-configuration': 'reload-configuration',
  version: 'version',
  record: 'record -- true',
  doctor: 'doctor',
  completion: 'completion bash',
  check: 'check --schema',
  install: 'install --dry-run --manager sysvinit --root /nonexistent',
};

t.test('what cannot be printed is one sentence, and no success, whatever the command', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12)];
  served.api.trees = [{ status: runningJob('sshd', 12), roots: [] }];
  served.api.waiting = [{ what: 'sshd', waitsFor: ['net'] }];
  for (const [command, line] of Object.entries(PRINTING)) {
    t.ok(
      COMMANDS.some(({ name }) => name === command),
      command,
    );
    const [full, closed] = await Promise.all(
      ['>/dev/full', '>&-'].map((where) =>
        ended('sh', ['-c', `exec "$0" ${line} ${where}`, LAUNCHER], served.path),
      ),
    );
    t.match(
      full,
      { status: 1, err: /^foster: unable to write to standard output: no space left on device\n$/m },
      `${command} to a full disk`,
    );
    const sentence = /^foster: unable to write to standard output: it is closed\n$/;
    t.match(closed, { status: 1, err: sentence }, `${command} to nowhere`);
  }
});

t.test('initctl names itself where it cannot print', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12)];
  const initctlProgram = fileURLToPath(new URL('../../../bin/initctl', import.meta.url));
  t.match(await ended('sh', ['-c', 'exec "$0" list >/dev/full', initctlProgram], served.path), {
    status: 1,
    err: /^initctl: unable to write to standard output: no space left on device/,
  });
});

t.test('a reader that goes away is no news', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12)];
  t.same(await ended('bash', ['-c', `node "$0" list | true; exit 0`, PROGRAM], served.path), {
    status: 0,
    err: '',
  });
});
