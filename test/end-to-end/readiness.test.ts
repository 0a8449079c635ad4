/** When a job has started, by its own word (DESIGN section 4, "When is a job running?"), with real programs. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { withoutInotify } from '../helpers/no-inotify.js';
import { isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const PYTHON = '/usr/bin/python3';
const withoutPython = existsSync(PYTHON) ? false : `${PYTHON} is needed to send descriptors`;

/** sd_notify(3) in perl, which every Debian has: `notify 'READY=1'`. */
const NOTIFY = String.raw`
notify() {
  perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
    send($s, $ARGV[0], 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET})) or die' "$1"
}
`;

/** A job whose script waits for the file `go` in the directory of the test before it goes on. */
const waitFor = (file: string): string => `until [ -e ${file} ]; do sleep 0.05; done`;

function job(stanzas: string, script: string): string {
  return `${stanzas}\nscript\n${NOTIFY}\n${script}\nend script\n`;
}

async function started(supervisor: Supervisor, name: string): Promise<string> {
  return (await supervisor.cli('start', name)).out.replace(/[0-9]+\n$/, 'N\n');
}

test('ready notify: started when it says so, and its status can be read', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const go = join(supervisor.directory, 'go');
  supervisor.write(
    'foo.conf',
    job(
      'ready notify',
      `notify STATUS=loading; ${waitFor(go)}; notify 'READY=1\nSTATUS=serving'; exec sleep 1000`,
    ),
  );
  await supervisor.begin();
  const start = started(supervisor, 'foo');
  const before = await supervisor.untilStatus('foo', ({ statusText }) => statusText === 'loading');
  t.equal(before.state, 'spawned');
  writeFileSync(go, '');
  t.equal(await start, 'foo start/running, process N\n');
  t.equal((await supervisor.status('foo')).statusText, 'serving');
  t.match((await supervisor.cli('status', 'foo')).out, /^ {4}says +serving$/m);
});

test('ready notify: a daemon names its main process, and only one of its own is believed', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'foo.conf': job(
      'ready notify',
      `notify MAINPID=1
       sleep 1000 & notify "MAINPID=$!
READY=1"
       wait`,
    ),
  });
  await started(supervisor, 'foo');
  await supervisor.untilMessage(/foo names process 1 as its main process, which is not one of its own\n/);
  const { main } = await supervisor.status('foo');
  t.equal(readFileSync(`/proc/${main}/comm`, 'utf8'), 'sleep\n');
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus('foo', ({ state }) => state === 'waiting');
});

test('ready notify: an orphan of the job may say so, and knows who the manager is', async (t) => {
  const supervisor = await Supervisor.start(t, {
    // systemd-notify(1) speaks for its parent, unless that is the manager
    'foo.conf': job('ready notify', '[ $MANAGERPID = $PPID ] && (notify READY=1 &) ; exec sleep 1000'),
  });
  t.equal(await started(supervisor, 'foo'), 'foo start/running, process N\n');
});

test('a start whose timeout is a month waits', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'foo.conf': job(
      'ready notify\nstart timeout 3000000\nkill timeout 3000000',
      'sleep 1; notify READY=1; exec sleep 1000',
    ),
  });
  const { status, out } = await supervisor.cli('start', '--timeout', '3000000', 'foo');
  t.match({ status, out }, { status: 0, out: /^foo start\/running/ });
  t.match(await supervisor.cli('stop', '--timeout', '3000000', 'foo'), { status: 0 });
});

test('notices of strangers are refused', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'foo.conf': job('ready notify', 'notify READY=1; exec sleep 1000'),
  });
  await started(supervisor, 'foo');
  execFileSync('/bin/sh', ['-c', `${NOTIFY} notify STATUS=mine`], {
    env: { ...process.env, NOTIFY_SOCKET: `${supervisor.rundir}/notify` },
  });
  await supervisor.untilMessage(
    /A notice was refused, of process [0-9]+ of user [0-9]+: it belongs to no job\n/,
  );
  t.equal((await supervisor.status('foo')).statusText, undefined);
});

test('ready notify: RELOADING and STOPPING are told, and more time is given', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const file = (name: string): string => join(supervisor.directory, name);
  supervisor.write(
    'foo.conf',
    job(
      'ready notify\nstart timeout 2',
      `notify EXTEND_TIMEOUT_USEC=60000000; ${waitFor(file('1'))}
       notify READY=1; notify RELOADING=1; ${waitFor(file('2'))}
       notify READY=1; ${waitFor(file('3'))}
       notify STOPPING=1; exec sleep 1000`,
    ),
  );
  await supervisor.begin();
  const start = started(supervisor, 'foo');
  await until('more time', async () =>
    /at most (5[0-9]|60)/.test((await supervisor.status('foo')).waitingFor ?? ''),
  );
  writeFileSync(file('1'), '');
  t.equal(await start, 'foo start/running, process N\n');
  await supervisor.untilStatus('foo', ({ doing }) => doing === 'reloading');
  writeFileSync(file('2'), '');
  await supervisor.untilStatus('foo', ({ doing }) => doing === undefined);
  writeFileSync(file('3'), '');
  await supervisor.untilStatus('foo', ({ doing }) => doing === 'stopping');
});

test('ready notify: a main that ends before it was ready has failed, whatever its status', async (t) => {
  const supervisor = await Supervisor.start(t, { 'foo.conf': 'ready notify\nexec true\n' });
  const { status, err } = await supervisor.cli('start', 'foo');
  t.equal(status, 1);
  t.match(err, /before it was ready/);
});

test('watchdog: a main that stays silent is killed and started again', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const count = join(supervisor.directory, 'count');
  supervisor.write(
    'foo.conf',
    job(
      'ready notify\nwatchdog 0.5\nrespawn',
      `[ "$WATCHDOG_PID" = $$ ] && echo "$WATCHDOG_USEC" >> ${count}
       notify READY=1; notify WATCHDOG=1; exec sleep 1000`,
    ),
  );
  await supervisor.begin();
  await started(supervisor, 'foo');
  await supervisor.untilStatus('foo', ({ respawns, state }) => respawns > 0 && state === 'running');
  await supervisor.untilMessage(/foo main process \([0-9]+\) has given no sign of life for 0\.5 s\n/);
  await supervisor.untilMessage(/foo main process \([0-9]+\) killed by ABRT signal/);
  t.match(readFileSync(count, 'utf8'), /^500000\n500000\n/);
});

test('ready fd: started at the first line', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const go = join(supervisor.directory, 'go');
  supervisor.write('foo.conf', job('ready fd 7', `printf x >&7; ${waitFor(go)}; echo >&7; exec sleep 1000`));
  await supervisor.begin();
  const start = started(supervisor, 'foo');
  await supervisor.untilStatus('foo', ({ state }) => state === 'spawned');
  writeFileSync(go, '');
  t.equal(await start, 'foo start/running, process N\n');
});

test('ready path: a file that an earlier run has left is no sign', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const path = join(supervisor.directory, 'deep', 'down', 'ready');
  const go = join(supervisor.directory, 'go');
  const script = `${waitFor(go)}; rm ${go}; mkdir -p ${join(path, '..')}; date +%N > ${path}; exec sleep 1000`;
  supervisor.write('foo.conf', job(`ready path ${path}`, script));
  await supervisor.begin();
  for (const run of ['first', 'second']) {
    const start = started(supervisor, 'foo');
    await supervisor.untilStatus('foo', ({ state }) => state === 'spawned');
    t.equal(existsSync(path), run === 'second');
    writeFileSync(go, '');
    t.equal(await start, 'foo start/running, process N\n', run);
    await supervisor.cli('stop', 'foo');
  }
});

test('ready path: where there is no inotify, the file is found all the same', async (t) => {
  const supervisor = Supervisor.prepare(t, {}, { env: withoutInotify(t) });
  const path = join(supervisor.directory, 'ready');
  supervisor.write('foo.conf', job(`ready path ${path}`, `sleep 0.1; echo > ${path}; exec sleep 1000`));
  await supervisor.begin();
  t.equal(await started(supervisor, 'foo'), 'foo start/running, process N\n');
  await supervisor.untilMessage(/foo: .* cannot be watched, and is looked for again and again: EMFILE/);
});

test('ready notify: with procfs alone, a sender is known that lives until its notice is taken in', async (t) => {
  const send = String.raw`perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
    send($s, "READY=1\nSTATUS=up", 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET})) or die; sleep 1000'`;
  const supervisor = await Supervisor.start(
    t,
    { 'foo.conf': job('ready notify', `${send} &\nexec sleep 1000`) },
    { args: ['--tracker', 'procfs'] },
  );
  t.equal(await started(supervisor, 'foo'), 'foo start/running, process N\n');
  t.equal((await supervisor.status('foo')).statusText, 'up');
});

test('ready log: started at the line that matches', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'foo.conf': job(
      'ready log "^listening on [0-9]+"',
      'echo starting; echo listening on 80; exec sleep 1000',
    ),
  });
  t.equal(await started(supervisor, 'foo'), 'foo start/running, process N\n');
});

test('ready port: started when one of its own processes listens', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const listen = String.raw`perl -MSocket -e 'socket(my $s, PF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($s, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) or exit 1; listen($s, 1); sleep 1000'`;
  supervisor.write('foo.conf', job(`ready port ${port}`, `until ${listen} ${port}; do sleep 0.05; done`));
  await supervisor.begin();
  const start = started(supervisor, 'foo');
  await supervisor.untilStatus('foo', ({ state }) => state === 'spawned');
  t.notMatch((await supervisor.status('foo')).state, /running/, 'the port is somebody else’s');
  await new Promise((resolve) => other.close(resolve));
  t.equal(await start, 'foo start/running, process N\n');
});

test('a start that gets no further fails after start timeout, and leaves nothing', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'foo.conf': 'ready notify\nstart timeout 0.3\nexec sleep 1000\n',
  });
  const start = supervisor.cli('start', 'foo');
  const { main } = await supervisor.untilStatus('foo', (status) => status.main !== null);
  const { status, err } = await start;
  t.equal(status, 1);
  t.match(err, /was not ready within/);
  await until('the end of what it left', () => !isAlive(main!));
});

test('a PID file settles a tie', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const pidFile = join(supervisor.directory, 'foo.pid');
  // two processes that nothing tells apart: the first one is main, and says so late
  const script = `
    setsid sh -c 'echo $$ > ${pidFile}.new; exec sleep 1000' &
    setsid sleep 1000 &
    ${waitFor(`${pidFile}.new`)}`;
  supervisor.write('foo.conf', job(`pid file ${pidFile}`, script));
  await supervisor.begin();
  await supervisor.cli('start', 'foo');
  await supervisor.untilStatus('foo', ({ ambiguous }) => ambiguous !== undefined);
  const named = readFileSync(`${pidFile}.new`, 'utf8');
  writeFileSync(pidFile, named);
  const status = await supervisor.untilStatus('foo', ({ main }) => main === Number(named));
  t.equal(status.ambiguous, undefined);
});

test('descriptors that a job has stored come back at its next start', { skip: withoutPython }, async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const given = join(supervisor.directory, 'given');
  const program = [
    'import array, os, socket, sys, time',
    `open("${given}", "a").write(" ".join([os.environ.get("LISTEN_FDS", "none"), os.environ.get("LISTEN_FDNAMES", ""), str(os.environ.get("LISTEN_PID") == str(os.getpid()))] + ([os.read(3, 5).decode()] if "LISTEN_FDS" in os.environ else [])) + "\\n")`,
    's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
    'r, w = os.pipe()',
    'os.write(w, b"hello")',
    'fds = array.array("i", [r])',
    's.sendmsg([b"FDSTORE=1\\nFDNAME=pipe"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], 0, os.environ["NOTIFY_SOCKET"])',
    'b, e = os.pipe()',
    's.sendmsg([b"BARRIER=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [e]))], 0, os.environ["NOTIFY_SOCKET"])',
    'os.close(e)',
    'os.read(b, 1)',
    's.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])',
    'time.sleep(1000)',
  ].join('\n');
  const path = join(supervisor.directory, 'program.py');
  writeFileSync(path, program);
  supervisor.write('foo.conf', `ready notify\nfd store 1\nexec ${PYTHON} ${path}\n`);
  await supervisor.begin();
  await started(supervisor, 'foo');
  await supervisor.cli('restart', 'foo');
  t.equal(readFileSync(given, 'utf8'), 'none  False\n1 pipe True hello\n');
  await supervisor.cli('stop', 'foo');
  await supervisor.cli('start', 'foo');
  t.match(readFileSync(given, 'utf8'), /\nnone {2}False\n$/, 'a stop lets them go');
});

test('a job that starts while the supervisor is replaced is heard by the new one', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const go = join(supervisor.directory, 'go');
  supervisor.write(
    'foo.conf',
    job('ready notify', `${waitFor(go)}; notify 'READY=1\nSTATUS=serving'; exec sleep 1000`),
  );
  await supervisor.begin();
  void supervisor.cli('start', 'foo');
  const { main } = await supervisor.untilStatus('foo', ({ state }) => state === 'spawned');
  await supervisor.kill();
  await supervisor.begin();
  t.match(await supervisor.status('foo'), { state: 'spawned', main });
  writeFileSync(go, '');
  await supervisor.untilStatus(
    'foo',
    ({ state, statusText }) => state === 'running' && statusText === 'serving',
  );
});

test('a PID file that names a stranger is not believed', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const pidFile = join(supervisor.directory, 'foo.pid');
  const script = `
    echo 1 > ${pidFile}
    setsid sh -c 'echo >> ${pidFile}.up; exec sleep 1000' &
    setsid sh -c 'echo >> ${pidFile}.up; exec sleep 1000' &
    until [ "$(wc -l < ${pidFile}.up)" = 2 ]; do sleep 0.05; done 2>/dev/null`;
  supervisor.write('foo.conf', job(`pid file ${pidFile}`, script));
  await supervisor.begin();
  await supervisor.cli('start', 'foo');
  await supervisor.untilMessage(
    /foo: .*foo\.pid names process 1, which is none of the job: it is not believed\n/,
  );
  t.not((await supervisor.status('foo')).main, 1);
});

test(
  'a re-exec loses no sign of readiness and nothing that jobs have said',
  { skip: withoutPython },
  async (t) => {
    const supervisor = Supervisor.prepare(t, {});
    const file = (name: string): string => join(supervisor.directory, name);
    const starting = (stanza: string, sign: string): string =>
      job(stanza, `${waitFor(file('go'))}; ${sign}; exec sleep 1000`);
    const store = [
      'import array, os, socket, time',
      's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
      `if "LISTEN_FDS" in os.environ: open("${file('given')}", "w").write(os.environ["LISTEN_FDNAMES"] + " " + os.fstat(3).st_rdev.__str__())`,
      'a = array.array("i", [os.open("/dev/zero", os.O_RDONLY)])',
      's.sendmsg([b"FDSTORE=1\\nFDNAME=zero\\nREADY=1\\nSTATUS=stored"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, a)], 0, os.environ["NOTIFY_SOCKET"])',
      'time.sleep(1000)',
    ].join('\n');
    writeFileSync(file('store.py'), store);
    supervisor.write('fd.conf', starting('ready fd 7', 'echo >&7'));
    supervisor.write('notify.conf', starting('ready notify', 'notify READY=1'));
    supervisor.write('path.conf', starting(`ready path ${file('path')}`, `echo > ${file('path')}`));
    supervisor.write('log.conf', starting('ready log up', 'echo up'));
    supervisor.write('store.conf', `ready notify\nfd store 1\nexec ${PYTHON} ${file('store.py')}\n`);
    await supervisor.begin();
    const names = ['fd', 'notify', 'path', 'log'];
    await supervisor.cli('start', 'store');
    await supervisor.cli('start', '--no-wait', ...names);
    for (const name of names)
      await supervisor.untilStatus(name, ({ state, main }) => state === 'spawned' && main !== null);
    await supervisor.reexec();
    t.equal((await supervisor.status('store')).statusText, 'stored');
    writeFileSync(file('go'), '');
    for (const name of names) await supervisor.untilStatus(name, ({ state }) => state === 'running');
    await supervisor.cli('restart', 'store');
    t.equal(readFileSync(file('given'), 'utf8'), `zero ${statSync('/dev/zero').rdev}`);
  },
);

test('a sign that is given while the supervisor is replaced is found by the new one', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const file = (name: string): string => join(supervisor.directory, name);
  const starting = (stanza: string, sign: string): string =>
    job(stanza, `${waitFor(file('go'))}; ${sign}; echo done >> ${file('done')}; exec sleep 1000`);
  supervisor.write('path.conf', starting(`ready path ${file('path')}`, `echo > ${file('path')}`));
  supervisor.write('log.conf', starting('ready log up', 'echo up'));
  await supervisor.begin();
  await supervisor.cli('start', '--no-wait', 'path', 'log');
  for (const name of ['path', 'log']) await supervisor.untilStatus(name, ({ main }) => main !== null);
  await supervisor.kill();
  writeFileSync(file('go'), '');
  await until(
    'the signs',
    () => existsSync(file('done')) && readFileSync(file('done'), 'utf8') === 'done\ndone\n',
  );
  await supervisor.begin();
  for (const name of ['path', 'log']) await supervisor.untilStatus(name, ({ state }) => state === 'running');
  t.pass('both run');
});
