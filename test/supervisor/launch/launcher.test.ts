import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import type { CommandText, JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { LaunchError } from '../../../src/supervisor/launch/launch-error.js';
import { endOf, nextOf, realKernel } from '../support/children.js';
import { bench, failsWith, main, PATH } from '../support/launch-bench.js';

test('runs a simple command without a shell, under the name by which it was called', async (t) => {
  const { run } = bench(t);
  const { output, status, gated } = await run(main({ exec: 'cat /proc/self/cmdline' }));
  t.equal(output, 'cat\0/proc/self/cmdline\0');
  t.equal(status, 0);
  t.equal(gated, false);
});

test('runs scripts as Upstart does', async (t) => {
  const { run } = bench(t);
  const script =
    'echo "$0"\ncase $- in *e*) echo -e;; esac\n[ -e /proc/$$/fd/9 ] || echo closed\nfalse\necho not here';
  t.same(await run(main({ script })), { output: '/proc/self/fd/9\n-e\nclosed\n', status: 1, gated: false });
  t.same(await run(main({ script: 'echo "$0"; exit 3\n\n' })), {
    output: '/bin/sh\n',
    status: 3,
    gated: false,
  });
  t.same(await run(main({ exec: 'echo one && echo two' })), { output: 'one\n', status: 0, gated: false });
});

test('a script is fed anew at each start', async (t) => {
  const { run } = bench(t);
  const request = main({ script: 'echo one\necho two' });
  t.equal((await run(request)).output, 'one\ntwo\n');
  t.equal((await run(request)).output, 'one\ntwo\n');
});

test('gives the environment of the job and the markers, and nothing of the supervisor', async (t) => {
  const { run } = bench(t);
  const { output } = await run({
    ...main({ exec: 'env' }),
    env: [PATH, 'A=1', 'discovery.type=single'],
    job: { name: 'net/foo', instance: 'x y' },
  });
  t.same(output.trimEnd().split('\n').sort(), [
    'A=1',
    'FOSTER_INSTANCE=x y',
    'FOSTER_JOB=net/foo',
    PATH,
    'discovery.type=single',
  ]);
});

test('the gate leaves the environment as it is', async (t) => {
  const { run } = bench(t);
  const env = [PATH, 'A=1', "PWD=it's mine", 'discovery.type=single'];
  const { output, gated } = await run({ ...main({ exec: 'env' }, { nice: 3 }), env });
  t.equal(gated, true);
  t.same(output.trimEnd().split('\n').sort(), [...env, 'FOSTER_INSTANCE=', 'FOSTER_JOB=job'].sort());
});

test('each process leads a session and a group of its own, with every signal at its default', async (t) => {
  const { run } = bench(t);
  const { output } = await run(
    main({
      script:
        'set -- $(cat /proc/$$/stat)\n[ $1 = $5 ] && [ $1 = $6 ] && echo leads\ngrep -E "^Sig(Blk|Ign)" /proc/self/status',
    }),
  );
  t.equal(output, 'leads\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

test('working directory and umask need no gate', async (t) => {
  const { run } = bench(t);
  const before = process.umask(0o022);
  t.teardown(() => process.umask(before));
  t.same(await run(main({ script: 'pwd; umask' })), { output: '/\n0022\n', status: 0, gated: false });
  t.same(await run(main({ script: 'pwd; umask' }, { chdir: '/usr', umask: 0o027 })), {
    output: '/usr\n0027\n',
    status: 0,
    gated: false,
  });
  t.equal(process.umask(0o022), 0o022, 'the umask of the supervisor is as it was');
});

test('limits, niceness and oom score are set before the program begins', async (t) => {
  const { run } = bench(t);
  const script = 'ulimit -Sn; ulimit -Hn; ulimit -c; nice; cat /proc/$$/oom_score_adj';
  const limits = { nofile: { soft: 300, hard: 400 }, core: { soft: 0, hard: 0 } };
  const { output, gated } = await run(main({ script }, { limits, nice: 7, oomScoreAdj: 200 }));
  t.equal(gated, true);
  t.equal(output, '300\n400\n0\n7\n200\n');
});

test("a process at the gate is nobody else's business until it is opened", (t) => {
  const { launcher } = bench(t);
  const { pid, gated } = launcher.launch({
    job: { name: 'job', instance: '' },
    process: 'main',
    env: [PATH],
    ...main({ exec: 'true' }, { nice: 1 }),
  });
  t.equal(gated, true);
  t.equal(launcher.gates.has(pid), true);
  return nextOf(pid).then(async () => {
    launcher.gates.open(pid);
    t.equal(launcher.gates.has(pid), false);
    t.equal(await endOf(pid), 0);
    t.equal(launcher.gates.ended(pid), undefined, 'an end after the gate is an end like any other');
  });
});

test('what cannot be set at the gate fails the start and leaves no process', async (t) => {
  const { launcher } = bench(t);
  const limits = { nofile: { soft: 400, hard: 300 } };
  const { pid } = launcher.launch({
    job: { name: 'job', instance: '' },
    process: 'main',
    env: [PATH],
    ...main({ exec: 'true' }, { limits }),
  });
  await nextOf(pid);
  failsWith(t, () => launcher.gates.open(pid), { reason: 'unable to set resource limit: Invalid argument' });
  t.equal(await endOf(pid), 128 + 9);
});

test('a process that is killed at its gate is a failed start', async (t) => {
  const { launcher } = bench(t);
  const { pid } = launcher.launch({
    job: { name: 'job', instance: '' },
    process: 'main',
    env: [PATH],
    ...main({ exec: 'true' }, { nice: 1 }),
  });
  await nextOf(pid);
  realKernel.processes.kill(pid, 9);
  await endOf(pid);
  t.match(launcher.gates.ended(pid), { reason: /ended before its program began/ });
});

test('somebody else may hold a process back and act at its gate', async (t) => {
  const atGate: number[] = [];
  const { run } = bench(t, { heldBack: () => true, atGate: (pid) => atGate.push(pid) });
  const { output, gated } = await run(main({ script: 'echo $$' }));
  t.equal(gated, true);
  t.same(output, `${atGate[0]}\n`);
});

test('a script is held back until it is traced, because it may start helpers and then exec a program', async (t) => {
  const { run, directory } = bench(t, { isTraced: true });
  const file = join(directory, 'script');
  writeFileSync(file, '#!/usr/bin/env cat\nhello\n', { mode: 0o755 });
  const echo = { output: 'one\n', status: 0, gated: true };
  t.same(await run(main({ script: 'echo one' })), echo);
  t.same(await run(main({ exec: 'echo one; exit 0' })), echo, 'a line with characters of the shell');
  t.match(await run(main({ exec: file })), { output: /hello/, status: 0, gated: true });
  writeFileSync(file, 'echo one\n');
  t.same(await run(main({ exec: file })), echo, 'a script without #!, which runs by the shell');
  t.same(await run(main({ exec: 'echo one' })), { ...echo, gated: false }, 'a program');
  const hook = { ...main({ script: 'echo one' }), process: 'pre-start' as const };
  t.same(
    await run({ ...hook, class: { ...hook.class, processes: { 'pre-start': { script: 'echo one' } } } }),
    { ...echo, gated: false },
    'no hook is traced',
  );
});

test("a start that cannot succeed fails with Upstart's words and a hint", (t) => {
  const { launcher, directory } = bench(t);
  const start =
    (command: CommandText, stanzas: Partial<JobClass> = {}): (() => unknown) =>
    () =>
      launcher.launch({
        job: { name: 'job', instance: '' },
        process: 'main',
        env: [PATH],
        ...main(command, stanzas),
      });
  const plain = join(directory, 'plain');
  writeFileSync(plain, 'hello', { mode: 0o644 });
  const cases: [() => unknown, string, RegExp][] = [
    [
      start({ exec: '/no/such/program' }),
      'unable to execute: No such file or directory',
      /^\/no\/such\/program does not exist$/,
    ],
    [
      start({ exec: 'nosuchprogram' }),
      'unable to execute: No such file or directory',
      /no program "nosuchprogram" in PATH/,
    ],
    [start({ exec: directory }), 'unable to execute: Permission denied', /is a directory/],
    [start({ exec: plain }), 'unable to execute: Permission denied', /not executable/],
    [start({ exec: `${plain}/x` }), 'unable to execute: Not a directory', /part of/],
    [
      start({ exec: 'true' }, { chdir: '/no/such/dir' }),
      'unable to change working directory: No such file or directory',
      /\/no\/such\/dir/,
    ],
    [
      start({ exec: 'true' }, { chdir: plain }),
      'unable to change working directory: Not a directory',
      /plain/,
    ],
    [start({ exec: 'true' }, { setuid: 'nosuchuser' }), 'unable to find setuid user nosuchuser', /passwd/],
    [start({ exec: 'true' }, { setgid: 'nosuchgroup' }), 'unable to find setgid group nosuchgroup', /group/],
  ];
  for (const [attempt, reason, hint] of cases) failsWith(t, attempt, { reason, hint });
  t.end();
});

test('a respawn finds a program that was installed, replaced or removed since', async (t) => {
  const { run, directory } = bench(t);
  const early = join(directory, 'early');
  mkdirSync(early);
  const env = [`PATH=${early}:/usr/bin:/bin`];
  const request = { ...main({ exec: 'id -u' }), env };
  t.equal((await run(request)).output, `${process.getuid!()}\n`);
  writeFileSync(join(early, 'id'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
  t.equal((await run(request)).output, 'mine\n');
  rmSync(join(early, 'id'));
  t.equal((await run(request)).output, `${process.getuid!()}\n`);
});

test('a program that vanished between two starts is reported, not the errno of the spawn', async (t) => {
  const { run, directory } = bench(t);
  const program = join(directory, 'program');
  writeFileSync(program, '#!/bin/sh\necho ran\n', { mode: 0o755 });
  const request = main({ exec: program });
  t.equal((await run(request)).output, 'ran\n');
  rmSync(program);
  const failed = run(request).catch((error: unknown) => error);
  t.match(await failed, { name: 'LaunchError', hint: `${program} does not exist` });
});

test('a file without #! is given to the shell, as execvp does', async (t) => {
  const { run, directory } = bench(t);
  const program = join(directory, 'program');
  writeFileSync(program, 'echo "$0 $1"\n', { mode: 0o755 });
  t.equal((await run(main({ exec: `${program} x` }))).output, `${program} x\n`);
});

test('changed environment or class make a new program', async (t) => {
  const { run } = bench(t);
  const request = main({ exec: 'sh -c env' });
  t.match((await run({ ...request, env: [PATH, 'A=1'] })).output, /^A=1$/m);
  t.match((await run({ ...request, env: [PATH, 'A=2'] })).output, /^A=2$/m);
  t.equal((await run(main({ exec: 'echo other' }))).output, 'other\n');
});

test("env inherit puts the supervisor's environment below the job's", async (t) => {
  const { run } = bench(t);
  const request = {
    ...main({ exec: '/usr/bin/env' }, { envInherit: true }),
    env: [PATH, 'TERM=linux', 'A=1'],
  };
  t.same((await run(request)).output.trimEnd().split('\n').sort(), [
    'A=1',
    'COLOUR=red',
    'FOSTER_INSTANCE=',
    'FOSTER_JOB=job',
    'PATH=/inherited',
    'TERM=linux',
  ]);
});

test('a NUL byte in the environment fails the start only', (t) => {
  const { launcher } = bench(t);
  const request = {
    job: { name: 'job', instance: '' },
    process: 'main' as const,
    env: [PATH, 'A=\0'],
    ...main({ script: 'a\nb' }),
  };
  t.throws(() => launcher.launch(request), LaunchError);
  t.end();
});

test('descriptors of the supervisor do not reach a job', async (t) => {
  const { run, directory } = bench(t);
  const own = openSync(join(directory, 'own'), 'w');
  t.teardown(() => closeSync(own));
  const { output } = await run(main({ exec: 'ls -l /proc/self/fd' }));
  // what whoever started the tests has left open for all is not ours
  const open = output.split('\n').filter((line) => / [0-9]+ -> /.test(line) && !line.includes('/dev/null'));
  t.equal(open.filter((line) => line.includes(directory)).length, 2, 'the output, twice');
  t.equal((await run(main({ exec: 'readlink /proc/self/fd/0' }))).output, '/dev/null\n');
});

test('tells every process where its supervisor listens, so that initctl inside a job finds it', async (t) => {
  const self = { uid: process.getuid!(), gid: process.getgid!() };
  const surroundings = { inherited: {}, table: [PATH], directory: '/', umask: undefined };
  const { run } = bench(t, { defaults: { self, ...surroundings, socket: '/run/other/foster.sock' } });
  const { output } = await run({ ...main({ exec: 'env' }), env: [PATH, 'FOSTER_SOCKET=/elsewhere'] });
  t.match(output, /^FOSTER_SOCKET=\/run\/other\/foster\.sock$/m);
});

test('what is added comes with the variables, the own pid and the descriptors, and is asked for at each start', async (t) => {
  const { read, write } = realKernel.files.makePipe();
  t.teardown(() => [read, write].forEach((fd) => closeSync(fd)));
  const additions = {
    variables: ['NOTIFY_SOCKET=/run/notify', 'A=2'],
    ownPid: ['WATCHDOG_PID'],
    descriptors: [{ target: 5, source: write }],
  };
  let given: typeof additions | undefined = additions;
  const { run } = bench(t, { additions: () => given });
  const script = 'echo "$NOTIFY_SOCKET $A"; [ "$WATCHDOG_PID" = $$ ] && echo own; echo ready >&5';
  const request = { ...main({ script }), env: [PATH, 'A=1'] };
  t.equal((await run(request)).output, '/run/notify 2\nown\n');
  const bytes = Buffer.alloc(10);
  t.equal(realKernel.files.readNow(read, bytes), 6, 'it wrote to its descriptor');
  given = undefined;
  t.equal((await run(main({ script: 'echo "$NOTIFY_SOCKET,$A"' }))).output, ',\n');
});

test('a descriptor that carries the script cannot be another one', (t) => {
  const additions = { variables: [], ownPid: [], descriptors: [{ target: 9, source: 2 }] };
  const { launcher } = bench(t, { additions: () => additions });
  const request = { job: { name: 'job', instance: '' }, process: 'main' as const, env: [PATH] };
  const start = () => launcher.launch({ ...request, ...main({ script: 'true\ntrue' }) });
  failsWith(t, start, { reason: 'unable to execute: Bad file descriptor' });
  t.end();
});
