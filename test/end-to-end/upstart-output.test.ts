/** Behaviours 28 to 36 of Upstart's own tests: what jobs write. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { Upstart } from '../helpers/upstart.js';
import { until } from '../helpers/until.js';

const text = (upstart: Upstart, file: string): string =>
  readFileSync(join(upstart.supervisor.logdir, file), 'utf8');

/** All that is there: nothing but what Upstart has there, too. */
const logsIn = (upstart: Upstart): readonly string[] => readdirSync(upstart.supervisor.logdir).sort();

test('28: a job that writes nothing has no log file', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': 'task\nexec true\n',
    'bar.conf': 'task\nexec echo x\n',
  });
  await upstart.ctl('start foo');
  await upstart.ctl('start bar');
  t.same(logsIn(upstart), ['bar.log']);
});

test('29: stdout and stderr come in order in one file, 31: and the output of post-stop after a main that failed', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf':
      'task\nscript\n  for i in 1 2 3; do echo out $i; echo err $i >&2; done\n  exit 1\nend script\npost-stop exec echo post-stop\n',
  });
  await upstart.ctl('start foo');
  t.same(await upstart.log('foo', 7), ['out 1', 'err 1', 'out 2', 'err 2', 'out 3', 'err 3', 'post-stop']);
});

test('30: what a process wrote before it was killed is kept; 32: much output and a fast exit lose nothing', async (t) => {
  const upstart = await Upstart.start(t, {
    'killed.conf': 'task\nscript\n  printf "last words"\n  kill -9 $$\nend script\n',
    'much.conf': 'task\nexec seq 1 60000\n',
  });
  await upstart.ctl('start killed');
  t.equal(text(upstart, 'killed.log').trimEnd(), 'last words');
  await upstart.ctl('start much');
  const lines = text(upstart, 'much.log').trimEnd().split('\n');
  t.equal(lines.length, 60000);
  t.equal(lines.at(-1), '60000');
});

test('33: NUL and other bytes that cannot be printed are left as they are', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': String.raw`task
exec printf "a\000b\001\377\n"
`,
  });
  await upstart.ctl('start foo');
  const bytes = readFileSync(join(upstart.supervisor.logdir, 'foo.log'));
  t.same([...bytes], [0x61, 0, 0x62, 1, 0xff, 0x0a]);
});

test('34: a log file that was deleted is made again', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf':
      'script\n  echo one\n  until [ -e $OUT/go ]; do sleep 0.05; done\n  echo two\n  exec sleep 1000\nend script\n',
  });
  await upstart.ctl('start foo');
  const log = join(upstart.supervisor.logdir, 'foo.log');
  await until('the first line', () => existsSync(log));
  rmSync(log);
  writeFileSync(join(upstart.directory, 'go'), '');
  t.same(await upstart.log('foo', 1), ['two']);
});

test('35: what was written before there was a log directory is in the log when there is one', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf':
      'script\n  echo early\n  until [ -e $OUT/go ]; do sleep 0.05; done\n  echo late\n  exec sleep 1000\nend script\n',
  });
  const { logdir } = upstart.supervisor;
  rmSync(logdir, { recursive: true, force: true });
  await upstart.ctl('start foo');
  mkdirSync(logdir);
  writeFileSync(join(upstart.directory, 'go'), '');
  await upstart.ctl('notify-disk-writeable');
  t.same(await upstart.log('foo', 2), ['early', 'late']);
});

test('36: slashes in the names of jobs and instances become underscores, and an instance has a log of its own', async (t) => {
  const upstart = await Upstart.start(t, { 'net/foo.conf': 'instance $DEV\ntask\nexec echo x\n' });
  await upstart.ctl('start net/foo DEV=/dev/sda');
  await upstart.ctl('start net/foo DEV=b');
  t.same(logsIn(upstart), ['net_foo-_dev_sda.log', 'net_foo-b.log']);
});
