/** Behaviours 72 to 79 of Upstart's own tests: what initctl prints, and what outlives a supervisor. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { isAlive } from '../helpers/processes.js';
import { printed, refused, SERVICE, Upstart } from '../helpers/upstart.js';
import { until } from '../helpers/until.js';

/** A hook that lasts until the test lets it go. */
const held = (hook: string): string =>
  `${hook} exec sh -c "until [ -e $OUT/go-${hook} ]; do sleep 0.05; done"\n`;
const letGo = (upstart: Upstart, hook: string): void =>
  writeFileSync(join(upstart.directory, `go-${hook}`), '');

test('72: the status line names the instance and every process that there is', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': `${['pre-start', 'post-start', 'pre-stop', 'post-stop'].map(held).join('')}${SERVICE}`,
    'dies.conf': `${held('post-start')}exec true\n`,
    'many.conf': `instance $N\n${SERVICE}`,
    'none.conf': '',
  });
  const shows = async (pattern: RegExp): Promise<void> => {
    await upstart.untilPrinted('status foo', pattern);
    t.pass(String(pattern));
  };
  t.same(await upstart.ctl('status foo'), printed('foo stop/waiting\n'), 'no instance');
  void upstart.ctl('start foo');
  await shows(/^foo start\/pre-start, process PID\n$/);
  letGo(upstart, 'pre-start');
  await shows(/^foo start\/post-start, process PID\n\tpost-start process PID\n$/);
  await upstart.ctl('start -n dies');
  await upstart.untilPrinted('status dies', /^dies stop\/post-start, \(post-start\) process PID\n$/);
  letGo(upstart, 'post-start');
  await shows(/^foo start\/running, process PID\n$/);
  void upstart.ctl('stop foo');
  await shows(/^foo stop\/pre-stop, process PID\n\tpre-stop process PID\n$/);
  letGo(upstart, 'pre-stop');
  await shows(/^foo stop\/post-stop, process PID\n$/);
  letGo(upstart, 'post-stop');
  await shows(/^foo stop\/waiting\n$/);

  t.same(await upstart.ctl('start none'), printed('none start/running\n'), 'no process');
  t.same(await upstart.ctl('start many N=(x)'), printed('many ((x)) start/running, process PID\n'));
  t.same(await upstart.ctl('status many N=(x)'), printed('many ((x)) start/running, process PID\n'));
});

test('73: inside a job, start, stop and restart without a name mean that job and do not wait', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': `instance $N\n${held('pre-start')}${SERVICE}` });
  const inside = { UPSTART_JOB: 'foo', UPSTART_INSTANCE: 'x' };
  t.same(await upstart.ctl('start -n foo N=x'), printed('foo (x) start/pre-start, process PID\n'));
  t.same(await upstart.ctl('stop', 'initctl', inside), printed('foo (x) stop/pre-start, process PID\n'));
  t.same(await upstart.ctl('start', 'initctl', inside), printed('foo (x) start/pre-start, process PID\n'));
  t.same(await upstart.ctl('restart', 'initctl', inside), printed('foo (x) start/pre-start, process PID\n'));
  letGo(upstart, 'pre-start');
  await upstart.untilPrinted('status foo N=x', /start\/running/);
});

test('74: what is refused is said under the name of the program, with status 1', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': SERVICE,
    'many.conf': `instance $N\nusage "N=number"\n${SERVICE}`,
    'fails.conf': 'pre-start exec false\n',
    'ends.conf': `post-stop exec false\n${SERVICE}`,
  });
  await upstart.ctl('start foo');
  await upstart.ctl('start ends');
  const cases: readonly (readonly [string, string])[] = [
    ['start foo', 'Job is already running: foo'],
    ['start nosuch', 'Unknown job: nosuch'],
    ['start fails', 'Job failed to start'],
    ['start many', 'Unknown parameter: N\nUsage: N=number'],
    ['status many N=7', 'Unknown instance: 7'],
    ['stop fails', 'Unknown instance: '],
    ['restart fails', 'Unknown instance: '],
    ['reload fails', 'Unknown instance: '],
    ['stop ends', 'Job failed while stopping'],
    ['start foo X', 'Env must be KEY=VALUE pairs'],
    ['get-env NONE', 'No such variable: NONE'],
  ];
  for (const [line, message] of cases) t.same(await upstart.ctl(line), refused(message), line);
  t.equal((await upstart.ctl('nosuch', 'stop')).err, 'stop: Unknown job: nosuch\n');
});

test('75: emit waits for what it causes, tells of its failure, or does not wait', async (t) => {
  const upstart = await Upstart.start(t, {
    'slow.conf': `start on slow\ntask\n${held('pre-start')}exec echo done >> $OUT/journal\n`,
    'fails.conf': 'start on fails\ntask\nexec false\n',
  });
  let isOver = false;
  const slow = upstart.ctl('emit slow').then((said) => ((isOver = true), said));
  await upstart.untilPrinted('status slow', /start\/pre-start/);
  t.notOk(isOver);
  letGo(upstart, 'pre-start');
  t.same(await slow, printed(''));
  t.same(await upstart.lines(1), ['done']);
  t.same(await upstart.ctl('emit fails'), refused('Event failed'));
  t.same(await upstart.ctl('emit -n fails'), printed(''));
  t.same(await upstart.ctl('emit nobody'), printed(''));
});

const CONFIGURED = {
  'foo.conf': 'start on (started bar or e1 A=1) and e2\nstop on stopping bar\nemits e3\n',
  'bar.conf': 'start on e3\nemits made-*\n',
  'baz.conf': 'start on made-up\nstop on runlevel [016]\n',
  'bad.conf': 'start on started nosuch or nowhere\n',
};

test('76: show-config prints expressions and, with -e, each event', async (t) => {
  const upstart = await Upstart.start(t, CONFIGURED);
  t.same(
    await upstart.ctl('show-config foo'),
    printed('foo\n  emits e3\n  start on ((started bar or e1 A=1) and e2)\n  stop on stopping bar\n'),
  );
  t.same(
    await upstart.ctl('show-config -e foo'),
    printed(
      'foo\n  emits e3\n  start on started (job: bar, env:)\n  start on e1 (job:, env: A=1)\n  start on e2 (job:, env:)\n  stop on stopping (job: bar, env:)\n',
    ),
  );
});

test('77: check-config knows jobs, events and globs in emits, and ignores what it is told to', async (t) => {
  const upstart = await Upstart.start(t, CONFIGURED);
  t.same(await upstart.ctl('check-config bar'), printed(''));
  t.same(await upstart.ctl('check-config bad'), {
    status: 1,
    out: 'bad\n  start on: unknown job nosuch\n  start on: unknown event nowhere\n',
    err: '',
  });
  t.match(await upstart.ctl('check-config baz'), {
    status: 1,
    out: 'baz\n  stop on: unknown event runlevel\n',
  });
  t.same(await upstart.ctl('check-config -i runlevel baz'), printed(''));
});

test('78: a supervisor that is replaced keeps pids, logs and stdio of running jobs, twice in a row', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf':
      'respawn\nscript\n  n=0\n  while :; do\n    n=$((n+1)); echo $n\n    until [ -e $OUT/go-$n ]; do sleep 0.05; done\n  done\nend script\n',
  });
  await upstart.ctl('start foo');
  const { main } = await upstart.supervisor.status('foo');
  for (const round of ['1', '2']) {
    await upstart.log('foo', Number(round));
    await upstart.supervisor.kill();
    letGo(upstart, round);
    await upstart.supervisor.begin();
    t.equal((await upstart.supervisor.status('foo')).main, main);
  }
  t.same(await upstart.log('foo', 3), ['1', '2', '3']);
  process.kill(main!, 'SIGKILL');
  await upstart.supervisor.untilStatus('foo', ({ main: now, state }) => state === 'running' && now !== main);
});

test('79: on TERM all jobs end, a slow one at its kill timeout, and one that starts on shutdown has run', async (t) => {
  const upstart = await Upstart.start(t, {
    'quick.conf': SERVICE,
    'slow.conf':
      'kill timeout 1\nscript\n  trap "" TERM\n  echo ready >> $OUT/journal\n  while :; do sleep 0.1; done\nend script\n',
    'last.conf': 'start on shutdown\ntask\nexec sh -c "echo last >> $OUT/journal"\n',
  });
  await upstart.ctl('start quick');
  await upstart.ctl('start slow');
  await upstart.lines(1);
  const mains = (await Promise.all(['quick', 'slow'].map((name) => upstart.supervisor.status(name)))).map(
    ({ main }) => main!,
  );
  t.equal(await upstart.supervisor.shutDown(), 0);
  t.same(await upstart.lines(2), ['ready', 'last']);
  await until('the end of the jobs', () => !mains.some(isAlive));
});
