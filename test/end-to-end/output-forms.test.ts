import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

test('console output puts the name of the job before each of its lines on the output of the supervisor', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'plain.conf': 'task\nconsole output\nscript\n  echo one; echo two >&2; printf three\nend script\n',
    'many.conf': 'task\nconsole output\ninstance $N\nexec echo hello\n',
  });
  await supervisor.cli('start', 'plain');
  await supervisor.cli('start', 'many', 'N=a');
  await supervisor.untilMessage(/^plain: one\nplain: two\nplain: three\n/m);
  await supervisor.untilMessage(/^many \(a\): hello\n/m);
});

test('console output json writes each line as an object', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.conf': `task\nconsole output json\nscript\n  echo 'say "hi"'\n  printf '\\ttab'\nend script\n`,
  });
  await supervisor.cli('start', 'web');
  await supervisor.untilMessage(/tab"\}\n/);
  const records = supervisor.messages.split('\n').filter((line) => line.startsWith('{'));
  t.match(
    records.map((line) => JSON.parse(line) as unknown),
    [
      { time: /^\d{4}-.*Z$/, job: 'web', message: 'say "hi"' },
      { job: 'web', message: '\ttab' },
    ],
  );
});

test('console log pty gives the job a terminal, and its log has no carriage returns', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'shown.conf':
      'task\nconsole log pty\nscript\n  test -t 1 && echo terminal\n  test -t 0 || echo no input\nend script\n',
    'piped.conf': 'task\nexec sh -c "test -t 1 || echo no terminal"\n',
  });
  await supervisor.cli('start', 'shown', 'piped');
  const log = (name: string) => readFileSync(join(supervisor.logdir, `${name}.log`), 'utf8');
  t.equal(log('shown'), 'terminal\nno input\n');
  t.equal(log('piped'), 'no terminal\n');
});

test('log size and log count rotate the log at whole lines, and foster log reads over the seams', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'talk.conf': 'task\nlog size 1k\nlog count 2\nexec seq 1000 1999\n',
  });
  await supervisor.cli('start', 'talk');
  const file = (suffix: string) => readFileSync(join(supervisor.logdir, `talk.log${suffix}`), 'utf8');
  await until('the last line', () => file('').endsWith('1999\n'));
  // 1024 bytes hold 204 lines of 5
  t.equal(file('.1').length, 1020);
  t.equal(file('.2').length, 1020);
  t.throws(() => file('.3'), { code: 'ENOENT' });
  const lines = `${file('.2')}${file('.1')}${file('')}`.trimEnd().split('\n').map(Number);
  t.same(
    lines,
    Array.from({ length: lines.length }, (_, index) => 2000 - lines.length + index),
  );
  const shown = await supervisor.cli('log', '--lines', '300', 'talk');
  t.same(shown.out.trimEnd().split('\n').map(Number), lines.slice(-300));
});

test('the log of a class with instances is that of all that live; one that has gone is named', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'work.conf': 'instance $N\nscript\n  echo hello $N\n  exec sleep 1000\nend script\n',
  });
  await supervisor.cli('start', 'work', 'N=one');
  await supervisor.cli('start', 'work', 'N=two');
  await until('both lines', async () => {
    const { out } = await supervisor.cli('log', '--plain', 'work');
    return out === 'work (one): hello one\nwork (two): hello two\n';
  });
  await supervisor.cli('stop', 'work', 'N=one');
  t.equal((await supervisor.cli('log', '--plain', 'work')).out, 'hello two\n');
  t.equal((await supervisor.cli('log', '--plain', 'work', '--instance', 'one')).out, 'hello one\n');
  t.match(await supervisor.cli('log', 'work', '--instance', 'three'), {
    err: /work \(three\): there is no log/,
  });
});
