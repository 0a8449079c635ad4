import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { spawnChild } from '../helpers/child.js';
import { until } from '../helpers/until.js';
import { realKernel } from '../supervisor/support/children.js';

/** The build that this test belongs to, and the repository around it. */
const BUILD = fileURLToPath(new URL('../..', import.meta.url));
const REPOSITORY = join(BUILD, '..');

/** bin/ as it is installed, beside the build under test. */
function installation(t: Test, built: boolean): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-bin-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  cpSync(join(REPOSITORY, 'bin'), join(directory, 'bin'), { recursive: true });
  cpSync(join(REPOSITORY, 'package.json'), join(directory, 'package.json'));
  if (built) symlinkSync(BUILD, join(directory, 'build'));
  else mkdirSync(join(directory, 'build'));
  return join(directory, 'bin');
}

function execute(program: string, args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ status: unknown; out: string; err: string }>((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...env } };
    execFile(program, args, options, (error, out, err) => resolve({ status: error?.code ?? 0, out, err }));
  });
}

t.test('foster and initctl talk to the supervisor that the environment names', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12), jobStatus('cron')];
  const bin = installation(t, true);
  const env = { FOSTER_SOCKET: served.path };
  t.match(await execute(join(bin, 'foster'), ['status', 'cron'], env), {
    status: 3,
    out: /^cron stop\/waiting\n/,
  });
  const line = { status: 0, out: 'sshd start/running, process 12\n', err: '' };
  t.same(await execute(join(bin, 'initctl'), ['status', 'sshd'], env), line);
});

t.test('initctl linked to as one of its commands is that command', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12)];
  const bin = installation(t, true);
  const env = { FOSTER_SOCKET: served.path };
  for (const name of ['start', 'stop', 'restart', 'status']) {
    symlinkSync('initctl', join(bin, name));
    t.match(await execute(join(bin, name), ['sshd'], env), { status: 0, out: /^sshd start\/running/ }, name);
  }
  t.same(await execute(join(bin, 'status'), ['nosuch'], env), {
    status: 1,
    out: '',
    err: 'status: Unknown job: nosuch\n',
  });
});

t.test('without a build, one sentence says what to do', async (t) => {
  const bin = installation(t, false);
  for (const program of ['foster', 'initctl']) {
    const { status, out, err } = await execute(join(bin, program), ['status']);
    t.same({ status, out }, { status: 1, out: '' });
    t.match(err, /^foster has not been built: run "npm run build" \(there is no [^\n]*\)\n$/);
  }
});

t.test('what the kernel refuses is one sentence with a path, not a stack', async (t) => {
  const foster = join(installation(t, true), 'foster');
  t.match(await execute(foster, ['replay', '/usr']), {
    status: 1,
    out: '',
    err: /^foster: \/usr: EISDIR: .*\n$/,
  });
  t.match(await execute(foster, ['record', '--output', '/dev/full', '--', 'true']), {
    status: 1,
    out: '',
    err: /^foster: record: the trace is cut off: ENOSPC: .*\n$/,
  });
});

t.test('the environment does not make foster another program, and COMMAND gets it whole', async (t) => {
  const bin = installation(t, true);
  const run = mkdtempSync(join(tmpdir(), 'foster-run-'));
  t.teardown(() => rmSync(run, { recursive: true }));
  const influence = {
    NODE_OPTIONS: '--require /nonexistent/preloaded.js',
    NODE_PATH: '/nonexistent/modules',
    NODE_V8_COVERAGE: join(run, 'coverage'),
    NODE_DEBUG: 'fs,net',
    NODE_EXTRA_CA_CERTS: '/nonexistent/it\'s a "file" with $HOME',
    UV_THREADPOOL_SIZE: '1',
    LD_LIBRARY_PATH: '/nonexistent/lib',
  };
  // tap changes NODE_OPTIONS of whatever a test starts: env(1) sets them after that
  const variablesOf = Object.entries({ PATH: process.env['PATH'] ?? '', ...influence });
  const underInfluence = (program: string, args: readonly string[]) =>
    execute('env', [
      '-i',
      ...variablesOf.map(([name, value]) => `${name}=${value}`),
      join(bin, program),
      ...args,
    ]);
  for (const program of ['foster', 'initctl']) {
    const { status, err } = await underInfluence(program, ['version', '--client']);
    if (program === 'foster') t.same({ status, err }, { status: 0, err: '' });
    else t.notMatch(err, /preloaded/);
  }
  const init = [
    'init',
    '--rundir',
    run,
    '--logdir',
    run,
    '--confdir',
    run,
    '--tracker',
    'procfs',
    '--no-startup-event',
  ];
  const { out } = await underInfluence('foster', [...init, '--', 'env']);
  const variables = out
    .split('\n')
    .filter((line) => !/^(PATH|TERM|UPSTART_|FOSTER_(SOCKET|JOB|INSTANCE)|PWD|_|NOTIFY|MANAGER)/.test(line));
  const expected = Object.entries(influence).map(([name, value]) => `${name}=${value}`);
  t.same(variables.filter((line) => line !== '').sort(), expected.sort());
});

t.test('a re-exec goes through the launcher again, and takes over what that has kept', async (t) => {
  const foster = join(installation(t, true), 'foster');
  const directory = mkdtempSync(join(tmpdir(), 'foster-bin-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const socket = join(directory, 's');
  const places = ['--confdir', directory, '--rundir', join(directory, 'run'), '--logdir', directory];
  const child = spawnChild(foster, ['init', ...places, '--socket', socket, '--tracker', 'procfs'], {
    env: { PATH: process.env['PATH'] },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const env = { FOSTER_SOCKET: socket };
  t.match(await execute(foster, ['health', '--wait', '45'], env), { status: 0 });
  // another number for each program
  const program = (): number | undefined => realKernel.proc.stat(child.pid!)?.stackStart;
  const before = program();
  t.match(await execute(foster, ['reexec'], env), { status: 0 });
  await until('the next program', () => child.exitCode !== null || program() !== before);
  t.match(await execute(foster, ['health', '--wait', '45'], env), { status: 0, out: 'live\n' });
  t.equal(child.exitCode, null);
});

t.test('SIGUSR1 opens no inspector, however early it comes', async (t) => {
  const bin = installation(t, true);
  const run = mkdtempSync(join(tmpdir(), 'foster-run-'));
  t.teardown(() => rmSync(run, { recursive: true }));
  const init = ['init', '--rundir', run, '--logdir', run, '--confdir', run, '--tracker', 'procfs'];
  for (const delay of [40, 80, 120]) {
    const child = execFile(join(bin, 'foster'), init, { env: { PATH: process.env['PATH'] } });
    let err = '';
    child.stderr!.on('data', (text: string) => (err += text));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill('SIGUSR1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill('SIGKILL');
    await ended;
    t.notMatch(err, /Debugger listening/, `after ${delay} ms`);
  }
});
