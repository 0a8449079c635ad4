import { constants as fileConstants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { signalName } from '../../src/kernel/process/signals.js';
import {
  mayMakeNamespaces,
  PidOne,
  scratchDirectory,
  Visitor,
  type PidOneOptions,
} from '../helpers/pid-one.js';
import { processLine } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

function start(t: Test, options: PidOneOptions): PidOne {
  return new PidOne(t, scratchDirectory(t), options);
}

/** Says what it is told, and goes on; a shell runs its traps when wait is interrupted. */
function trapping(signals: readonly number[]): readonly string[] {
  const traps = signals.map((signal) => `trap 'echo got ${signal}' ${signal}`).join('; ');
  return ['sh', '-c', `${traps}; sleep 1000 & echo ready; while :; do wait; done`];
}

t.test('the exit status of COMMAND is that of PID 1', async (t) => {
  for (const status of [0, 1, 2, 127, 128, 255]) {
    const init = start(t, { command: ['sh', '-c', `exit ${status}`] });
    t.equal((await init.ended).status, status);
  }
});

t.test('without --logdir, what jobs log is on standard output as well, and the start says so', async (t) => {
  const init = start(t, {
    jobs: {
      'web.conf': 'start on startup\nscript\n  echo one; echo two >&2\n  sleep 1000\nend script\n',
      'quiet.conf': 'start on startup\nconsole none\nscript\n  echo unheard\n  sleep 1000\nend script\n',
    },
    defaultLogdir: true,
    before: 'mount -t tmpfs foster-test /var/log',
    command: [
      'sh',
      '-c',
      // a line goes to standard output first and then into the file, so that a crash in between loses none
      'L=/var/log/foster; echo ready; read x; until grep -qs two $L/web.log; do sleep 0.01; done; cat $L/web.log; ls -A $L',
    ],
  });
  await init.untilOut(/^web: one\nweb: two$/m);
  await init.untilOut(/^ready$/m);
  t.match(init.err, /goes to standard output as well as to \/var\/log\/foster; --logdir DIR keeps it/);
  init.type('go\n');
  const { out, status } = await init.ended;
  t.equal(status, 0);
  t.match(out, /^one\ntwo\nweb\.log$/m, 'byte for byte in the file, and nothing beside it');
  t.notMatch(out, /unheard/);
});

t.test('with --logdir, logs are files alone', async (t) => {
  const directory = scratchDirectory(t);
  const init = new PidOne(t, directory, {
    jobs: { 'web.conf': 'start on startup\ntask\nscript\n  echo one\nend script\n' },
    command: ['sh', '-c', 'echo ready; read x'],
  });
  await init.untilOut(/ready/);
  await until('the log', () => existsSync(join(directory, 'log/web.log')));
  init.type('go\n');
  t.equal((await init.ended).out, 'ready\n');
});

t.test('a COMMAND that a signal ends gives 128 + n, one that cannot be started 127', async (t) => {
  const killed = start(t, { command: ['sh', '-c', 'kill -KILL $$'] });
  const missing = start(t, { command: ['/nonexistent/program'] });
  t.equal((await killed.ended).status, 128 + 9);
  const { status, err } = await missing.ended;
  t.equal(status, 127);
  t.match(err, /No such file or directory/);
});

t.test('every signal that can be caught reaches COMMAND, but those that ask for a shutdown', async (t) => {
  const { SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGTERM } =
    constants.signals;
  const notCaught = [SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS];
  // 32 and 33 belong to the C library, 37 is RTMIN+3
  const shutdown = [SIGTERM, 37];
  const signals = [...Array(64).keys()]
    .map((index) => index + 1)
    .filter((signal) => ![...notCaught, ...shutdown, 32, 33].includes(signal));
  t.equal(signals.length, 64 - notCaught.length - 4);
  const init = start(t, { command: trapping(signals) });
  await init.untilOut(/ready/);
  for (const signal of signals) {
    init.signal(signal);
    await init.untilOut(new RegExp(`^got ${signal}$`, 'm'));
  }
  const got = init.out.split('\n').filter((line) => line.startsWith('got'));
  t.strictSame(
    got,
    signals.map((signal) => `got ${signal}`),
    'each once, under its own number',
  );
});

for (const signal of [constants.signals.SIGTERM, 37]) {
  t.test(
    `${signalName(signal)} is a shutdown: COMMAND is asked to end, and its status is that of PID 1`,
    async (t) => {
      const script = `trap 'echo asked; exit 5' TERM; sleep 1000 & echo ready; wait`;
      const init = start(t, { command: ['sh', '-c', script] });
      await init.untilOut(/ready/);
      init.signal(signal);
      const { status, out } = await init.ended;
      t.equal(status, 5);
      t.match(out, /asked/);
    },
  );
}

t.test('COMMAND inherits environment, directory, umask and standard input', async (t) => {
  const init = start(t, {
    before: 'cd /usr && umask 027',
    // the second is what bin/foster says to foster itself
    env: { GREETING: 'two  words', FOSTER_OPEN_FILES: '1024' },
    command: [
      process.execPath,
      '-e',
      'console.log(process.cwd(), process.env.GREETING, process.env.FOSTER_OPEN_FILES, process.umask().toString(8)); process.stdin.pipe(process.stdout)',
    ],
  });
  init.type('from outside\n');
  await init.untilOut(/^\/usr two {2}words undefined 27\nfrom outside\n$/);
});

t.test('its standard streams wait for their readers, as foster was given them', async (t) => {
  const command = ['grep', '^flags', '/proc/self/fdinfo/1', '/proc/self/fdinfo/2'];
  const init = start(t, { program: 'bin/foster', command });
  const { out } = await init.ended;
  const flags = [...out.matchAll(/flags:\t(\d+)/g)].map(([, octal]) => Number.parseInt(octal!, 8));
  t.same(
    flags.map((one) => one & fileConstants.O_NONBLOCK),
    [0, 0],
    out,
  );
});

t.test(
  "jobs get Upstart's small environment, the container's by `env inherit` or --inherit-env",
  async (t) => {
    const jobs = {
      'small.conf': 'start on startup\ntask\nconsole output\nexec sh -c \'echo ":${GREETING-none}"\'\n',
      'large.conf': 'start on startup\ntask\nconsole output\nenv inherit\nexec sh -c \'echo ":$GREETING"\'\n',
    };
    const env = { GREETING: 'hello' };
    const init = start(t, { jobs, env, command: ['sleep', '1000'] });
    await init.untilOut(/^small.*:none$/m);
    await init.untilOut(/^large.*:hello$/m);
    const all = start(t, { jobs, env, args: ['--inherit-env'], command: ['sleep', '1000'] });
    await all.untilOut(/^small.*:hello$/m);
  },
);

t.test('orphans are reaped, also those of a process that entered the namespace from outside', async (t) => {
  const orphans = 'i=0; while [ $i -lt 50 ]; do (true & ); i=$((i+1)); done; echo done; sleep 1000';
  const init = start(t, { command: ['sh', '-c', orphans] });
  await init.untilOut(/done/);
  const entered = new Visitor(init.pid);
  await entered.run('(sleep 0.05 &) ; (sleep 0.05 &)');
  await until(
    'the end of all zombies',
    () => init.children.every((pid) => processLine(pid)?.state !== 'Z') && init.children.length === 1,
  );
  t.pass('only COMMAND is left');
});

t.test(
  'a shutdown goes from dependents to what they need, and a stubborn job is killed inside the budget',
  async (t) => {
    const directory = scratchDirectory(t);
    const journal = join(directory, 'journal');
    writeFileSync(journal, '');
    const job = (name: string, lines: string): string =>
      `${lines}\nconsole output\nscript\n  trap 'echo ${name} >>${journal}; exit 0' TERM\n  sleep 1000 & echo ${name} is up\n  wait\nend script\n`;
    const init = new PidOne(t, directory, {
      args: ['--stop-budget', '3'],
      jobs: {
        'base.conf': job('base', 'start on startup'),
        'middle.conf': job('middle', 'start on started base'),
        'top.ini': `start on = started middle\nrequires = middle\nconsole = output\nexec = sh -c "trap 'echo top >>${journal}; exit 0' TERM; sleep 1000 & echo top is up; wait"\n`,
        'stubborn.conf': `start on startup\nkill timeout 60\nconsole output\nscript\n  trap '' TERM\n  echo stubborn is up\n  while :; do sleep 1000; done\nend script\n`,
      },
    });
    for (const name of ['base', 'middle', 'top', 'stubborn'])
      await init.untilOut(new RegExp(`${name} is up`));
    const begun = performance.now();
    init.signal('SIGTERM');
    const { status, err } = await init.ended;
    const took = performance.now() - begun;
    t.equal(status, 0);
    t.strictSame(readFileSync(journal, 'utf8').split('\n'), ['top', 'middle', 'base', '']);
    t.match(err, /stubborn did not stop within the stop budget: KILL/);
    t.ok(took < 3500, `inside the budget: ${took} ms`);
    t.ok(took > 1000, 'the stubborn job had its time');
  },
);

t.test('a shutdown ends at once what needs no time, and a second TERM shortens the budget', async (t) => {
  const quick = start(t, {
    jobs: { 'a.conf': 'start on startup\nconsole output\nexec sh -c "echo up; exec sleep 1000"\n' },
    args: ['--stop-budget', '60'],
  });
  await quick.untilOut(/up/);
  let begun = performance.now();
  quick.signal('SIGTERM');
  await quick.ended;
  t.ok(performance.now() - begun < 5000, 'far inside the budget');

  const script = "trap 'echo asked' TERM; echo ready; while :; do sleep 1000 & wait; done";
  const stubborn = start(t, { args: ['--stop-budget', '60'], command: ['sh', '-c', script] });
  await stubborn.untilOut(/ready/);
  stubborn.signal('SIGTERM');
  await stubborn.untilOut(/asked/);
  begun = performance.now();
  stubborn.signal('SIGTERM');
  t.equal((await stubborn.ended).status, 128 + 9);
  t.ok(performance.now() - begun < 5000, 'about a second after the second TERM');
});

t.test('detached sessions and what others started are asked to end, too', async (t) => {
  const directory = scratchDirectory(t);
  const journal = join(directory, 'journal');
  const note = (name: string): string =>
    `trap 'echo ${name} >>${journal}; exit 0' TERM; echo ${name} is up; sleep 1000 & wait`;
  writeFileSync(join(directory, 'session'), note('session'));
  const init = new PidOne(t, directory, {
    jobs: {
      'login.conf': `start on startup\nconsole output\nscript\n  setsid sh ${directory}/session &\n  exec sleep 1000\nend script\n`,
    },
    command: ['sleep', '1000'],
  });
  await init.untilOut(/session is up/);
  const visitor = new Visitor(init.pid);
  const visit = visitor.run(note('visitor'));
  await until('the visitor', () => visitor.out.includes('visitor is up'));
  init.signal('SIGTERM');
  t.equal((await init.ended).status, 128 + 15);
  await visit;
  t.strictSame(readFileSync(journal, 'utf8').split('\n').sort(), ['', 'session', 'visitor']);
});

t.test('an essential job gives its status; one that respawns only once its limit is reached', async (t) => {
  const once = start(t, { jobs: { 'a.conf': 'start on startup\nessential\nexec sh -c "exit 3"\n' } });
  t.equal((await once.ended).status, 3);
  const respawning = start(t, {
    jobs: {
      'a.conf':
        'start on startup\nessential\nrespawn\nrespawn limit 2 60\nconsole output\nexec sh -c "echo run; exit 4"\n',
    },
  });
  const { status, out } = await respawning.ended;
  t.equal(status, 4);
  t.equal(out.match(/run/g)?.length, 3, 'the first run and two more');
});

t.test('without /proc foster says so in one sentence', async (t) => {
  const init = start(t, {
    before: 'umount -l /proc && mount -t tmpfs none /proc',
    command: ['sh', '-c', 'echo started'],
  });
  const { status, err } = await init.ended;
  t.equal(status, 1);
  t.match(err, /^foster: foster needs the \/proc of its own pid namespace.*mount -t proc proc \/proc.*$/m);
  t.notMatch(err, /\n {4}at /, 'no stack');
});

t.test('a read-only root, no /run, no writable place, and a uid without a name', async (t) => {
  // everything is read-only but /dev; the project itself may be below /tmp, so that nothing is mounted over that
  const readOnlyTmp = '{ ! mountpoint -q /tmp || mount -o remount,ro,bind /tmp; }';
  const readOnly = `mount --make-rprivate / && mount -o remount,ro,bind / && ${readOnlyTmp}`;
  const locked = start(t, {
    before: `${readOnly} && mount -t tmpfs -o ro none /run`,
    args: ['--rundir', '/run/foster', '--logdir', '/var/log/foster'],
    command: ['sh', '-c', 'echo started; exit 6'],
  });
  const ended = await locked.ended;
  t.match(ended.out, /started/, ended.err);
  t.equal(ended.status, 6);
  t.match(ended.err, /No control socket, so foster commands cannot reach this supervisor/);

  const stranger = start(t, {
    readableByAll: true,
    wrapper: ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups'],
    before: 'mount --make-rprivate / && mount -t tmpfs -o mode=0755 none /run',
    args: ['--rundir', '/tmp/foster-54321-test'],
    command: ['sh', '-c', 'id -u; exit 8'],
  });
  const strange = await stranger.ended;
  t.equal(strange.status, 8, strange.err);
  t.match(strange.out, /54321/);
});
