/** What is wrong gives one clear error at the right place, and no other job notices. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type Test } from 'tap';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { commandLine } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { temporaryMount } from '../helpers/temporary-mount.js';
import { until } from '../helpers/until.js';

const notRoot = process.getuid?.() !== 0 && 'it needs root, for a mount';

/** A supervisor with one job that runs, and the jobs that the test is about. */
async function besideAnother(t: Test, jobs: Readonly<Record<string, string>>) {
  const supervisor = await Supervisor.start(t, { 'other.conf': 'exec sleep 1000\nrespawn\n', ...jobs });
  const before = await startWithoutWaiting(supervisor, 'other');
  const otherIsUnharmed = async () => {
    t.match(await supervisor.status('other'), { main: before.main, state: 'running', respawns: 0 });
  };
  return { supervisor, otherIsUnharmed };
}

/** A start by command answers after a second, when it is known that the job stays up. */
async function startWithoutWaiting(supervisor: Supervisor, name: string): Promise<JobStatus> {
  await supervisor.cli('start', '--no-wait', name);
  return supervisor.untilStatus(name, ({ state }) => state === 'running');
}

/** Sends bytes to the control socket. @returns everything that is answered */
function sendRaw({ socket }: Supervisor, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const connection = connect(socket, () => connection.end(text));
    connection.on('data', (chunk) => (answer += chunk.toString()));
    connection.once('close', () => resolve(answer));
    connection.once('error', reject);
  });
}

test('an unknown stanza: the message names file, line, what was found and what was meant', async (t) => {
  const { supervisor, otherIsUnharmed } = await besideAnother(t, {
    'bad.conf': 'exec sleep 1000\nrespwan\n',
  });
  const place = `${join(supervisor.confdir, 'bad.conf')}:2`;
  t.ok(
    supervisor.messages.includes(
      `${place}: Unknown stanza: found "respwan", expected a stanza, did you mean "respawn"?\n`,
    ),
    supervisor.messages,
  );
  const { status, err } = await supervisor.cli('start', 'bad');
  t.equal(status, 1, 'the job is known, and cannot be started');
  t.equal(
    err,
    `foster: bad: its job file is broken: ${place}: Unknown stanza: found "respwan", expected a stanza, did you mean "respawn"?\n`,
  );
  await otherIsUnharmed();
});

const UNSTARTABLE = [
  [
    'a missing program',
    'exec = /no/such/program\n',
    'unable to execute: No such file or directory',
    '/no/such/program does not exist',
  ],
  ['a directory instead of a program', 'exec = /usr/lib\n', 'unable to execute: Permission denied'],
  [
    'a user that does not exist',
    'exec = sleep 1000\nsetuid = no-such-user\n',
    'unable to find setuid user no-such-user',
  ],
  [
    'a working directory that does not exist',
    'exec = sleep 1000\nchdir = /no/such/directory\n',
    'unable to change working directory: No such file or directory',
  ],
] as const;

for (const [what, text, reason, hint = ''] of UNSTARTABLE) {
  test(`${what}: the start fails at once with the reason, and the log has it`, async (t) => {
    const { supervisor, otherIsUnharmed } = await besideAnother(t, { 'bad.ini': `${text}respawn = true\n` });
    const { status, err } = await supervisor.cli('start', 'bad');
    t.equal(status, 1);
    t.ok(err.startsWith(`foster: bad: Job failed to start: failed to spawn main process: ${reason}`), err);
    t.ok(err.includes(hint), 'what would help is said');
    await supervisor.untilMessage(new RegExp(`^Failed to spawn bad main process: ${reason}`, 'm'));
    t.match(await supervisor.status('bad'), { goal: 'stop', state: 'waiting', main: null, respawns: 0 });
    await otherIsUnharmed();
  });
}

test('requests that are no requests are refused in words', async (t) => {
  const { supervisor, otherIsUnharmed } = await besideAnother(t, {});
  const body = 'stop it, please';
  const head = `POST /v1/jobs/other/stop HTTP/1.1\r\nhost: foster\r\ncontent-length: ${body.length}\r\n\r\n`;
  const notJson = await sendRaw(supervisor, head + body);
  t.match(notJson, /^HTTP\/1.1 400 .*"error":"bad-request","message":"The body is not JSON: /s);
  t.match(await sendRaw(supervisor, 'hello\r\n\r\n'), /^HTTP\/1.1 400 .*Not an HTTP request/s);
  t.equal(await sendRaw(supervisor, ''), '', 'a connection without a request is no error');
  await otherIsUnharmed();
});

test('an unknown job is named, and its status is the LSB’s', async (t) => {
  const { supervisor, otherIsUnharmed } = await besideAnother(t, {});
  t.same(await supervisor.cli('start', 'othr'), {
    status: 5,
    out: '',
    err: `foster: Unknown job: othr (none in ${supervisor.confdir}; did you mean other?)\n`,
  });
  t.match(await supervisor.cli('status', 'othr'), { status: 4 });
  t.match(await supervisor.cli('record', '--job', 'othr', '--output', '/dev/null'), {
    status: 5,
    err: 'foster: Unknown job: othr\n',
  });
  await otherIsUnharmed();
});

test('a second supervisor in the same run directory gives up and names the first', async (t) => {
  const { supervisor, otherIsUnharmed } = await besideAnother(t, {});
  const { confdir, logdir, rundir, pid } = supervisor;
  const { status, err } = await supervisor.cli(
    'init',
    '--confdir',
    confdir,
    '--logdir',
    logdir,
    '--rundir',
    rundir,
  );
  t.equal(status, 1);
  t.ok(err.includes(`foster: Another foster (process ${pid}) uses the run directory ${rundir}: `), err);
  await otherIsUnharmed();
});

test('a second supervisor at the same socket gives up and names the socket', async (t) => {
  const { supervisor, otherIsUnharmed } = await besideAnother(t, {});
  const { confdir, logdir, socket, directory } = supervisor;
  const args = ['--confdir', confdir, '--logdir', logdir, '--rundir', join(directory, 'second')];
  const { status, err } = await supervisor.cli('init', ...args, '--socket', socket);
  t.equal(status, 1, 'not 150: somebody does listen');
  t.ok(err.includes(`control socket ${socket}: another supervisor listens there`), err);
  await otherIsUnharmed();
});

test('a tracker that does not work here: one sentence says why not', { skip: notRoot }, async (t) => {
  const foster = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));
  // the connector answers in the initial pid namespace only
  const elsewhere = ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, foster];
  const directories = ['--confdir', '--logdir', '--rundir'].flatMap((option) => [option, t.testdir()]);
  const child = spawnChild('unshare', [...elsewhere, 'init', '--tracker', 'connector', ...directories], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { status, err } = await outcomeOf(child);
  t.equal(status, 1);
  t.match(err, /^foster: the tracker connector: .*\n$/m);
  t.notMatch(err, /^ {4}at /m, 'which is no mistake in foster');
});

test('a full disk for logs: it is said once, and the job goes on writing', { skip: notRoot }, async (t) => {
  const logdir = temporaryMount(t, 'size=64k');
  const script = `script\n  head -c 300000 /dev/zero | tr '\\0' x\n  exec sleep 1000\nend script\n`;
  const supervisor = await Supervisor.start(
    t,
    { 'writer.conf': script, 'other.conf': 'exec sleep 1000\n' },
    { logdir },
  );
  await startWithoutWaiting(supervisor, 'other');
  await startWithoutWaiting(supervisor, 'writer');
  await supervisor.untilMessage(/unable to write \S+\/writer\.log: ENOSPC \(no space left on device\)/);
  // the script goes on behind the writing: nothing holds it up
  await until('the command behind it', async () => {
    const { main } = await supervisor.status('writer');
    return main !== null && commandLine(main) === 'sleep 1000';
  });
  t.equal(supervisor.messages.match(/ENOSPC/g)?.length, 1);
  t.match(await supervisor.status('other'), { state: 'running', respawns: 0 });
});

test('a read-only run directory: it is said, and jobs run all the same', { skip: notRoot }, async (t) => {
  const rundir = temporaryMount(t, 'ro');
  const supervisor = Supervisor.prepare(
    t,
    { 'other.conf': 'exec sleep 1000\n' },
    { rundir, socket: 'elsewhere' },
  );
  await supervisor.begin();
  t.match(
    supervisor.messages,
    /The run directory cannot be used, jobs will not survive a crash of foster: EROFS/,
  );
  t.match(await supervisor.cli('start', 'other'), { status: 0 });
});

test(
  'a read-only run directory that shall hold the socket: it cannot begin',
  { skip: notRoot },
  async (t) => {
    const rundir = temporaryMount(t, 'ro');
    const supervisor = Supervisor.prepare(t, {}, { rundir });
    t.not(await supervisor.launch(), 0);
    t.match(supervisor.messages, /foster: control socket \S+: .*EROFS/);
  },
);
