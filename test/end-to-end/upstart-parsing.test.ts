/** Behaviours 1 to 16 of Upstart's own tests: what job files say, as far as a user of initctl sees it. */
import { test } from 'tap';
import { printed, refused, SERVICE, Upstart } from '../helpers/upstart.js';

const journal = (text: string): string => `task\nexec echo ${text} >> $OUT/journal\n`;

test('1: a job with neither exec nor script is valid', async (t) => {
  const upstart = await Upstart.start(t, { 'abstract.conf': '' });
  t.same(await upstart.ctl('start abstract'), printed('abstract start/running\n'));
  t.same(await upstart.ctl('stop abstract'), printed('abstract stop/waiting\n'));
});

test('2: of exec and script the last one wins, for all five processes', async (t) => {
  const hooks = ['pre-start', 'post-start', 'pre-stop', 'post-stop'];
  const each = (text: (name: string) => string): string => hooks.map(text).join('\n');
  const exec = (name: string, word: string): string => `${name} exec echo ${name} ${word} >> $OUT/journal`;
  const script = (name: string, word: string): string =>
    `${name} script\n  echo ${name} ${word} >> $OUT/journal\nend script`;
  const upstart = await Upstart.start(t, {
    'exec.conf': `${SERVICE}${each((name) => `${script(name, 'first')}\n${exec(name, 'last')}`)}\n`,
    'script.conf': `exec false\nscript\n  sleep 1000\nend script\n${each((name) => `${exec(name, 'first')}\n${script(name, 'last')}`)}\n`,
  });
  for (const name of ['exec', 'script']) {
    t.same(await upstart.ctl(`start ${name}`), printed(`${name} start/running, process PID\n`));
    await upstart.ctl(`stop ${name}`);
  }
  t.same(
    await upstart.lines(8),
    [...hooks, ...hooks].map((name) => `${name} last`),
  );
});

/** A job file that is wrong, and what is said of it. */
const WRONG: Readonly<Record<string, readonly [string, string]>> = {
  '3: an extra word behind script is an error': ['script foo\nend script\n', '1: Unexpected token'],
  '4: an error names the file and the line': ['description "x"\n\nbogus\n', '3: Unknown stanza'],
  '7: an operator at the start is an error': ['start on and a\n', '1: Expected event'],
  '7: an operator at the end is an error': ['start on a or\n', '1: Expected event'],
  '7: two operators in a row are an error': ['start on a and or b\n', '1: Expected event'],
  '7: an operator at the edge of a group is an error': ['start on (a or) and b\n', '1: Expected event'],
  '8: an event beside a group needs an operator': ['start on a (b or c)\n', '1: Expected operator'],
  '9: a parenthesis too few is an error': ['start on (a or b\n', 'Mismatched parentheses'],
  '9: a parenthesis too many is an error': ['start on a or b)\n', 'Mismatched parentheses'],
  '10: a positional operand after a named one is an error': [
    'start on a X=1 y\n',
    '1: Expected variable name before value',
  ],
  '14: nice has bounds': ['nice 20\n', '1: Illegal nice value'],
  '14: umask has bounds': ['umask 01000\n', '1: Illegal file creation mask'],
  '14: oom has bounds': ['oom score 1001\n', '1: Illegal oom score adjustment'],
  '14: limits need both numbers': ['limit nofile 10\n', '1: Expected token'],
  '14: a timeout is not negative': ['kill timeout -1\n', '1: Illegal interval'],
};

test('what is wrong with a job file drops its job, and no other', async (t) => {
  const files = Object.entries(WRONG).map(([title, [text, message]], index) => {
    return { title, text, message, name: `wrong${index}` };
  });
  const jobs = Object.fromEntries(files.map(({ name, text }) => [`${name}.conf`, text]));
  const upstart = await Upstart.start(t, { ...jobs, 'right.conf': SERVICE });
  for (const { title, name, message } of files) {
    await t.test(title, async (t) => {
      const said = upstart.supervisor.messages.split('\n').find((line) => line.includes(`/${name}.conf:`));
      t.ok(said?.includes(message), message, { said });
      t.same(await upstart.ctl(`status ${name}`), refused(`Unknown job: ${name}`));
    });
  }
  t.same(await upstart.ctl('list'), printed('right stop/waiting\n'));
});

test('5: of two start on the last one counts; 6: and and or go from left to right, parentheses nest', async (t) => {
  const upstart = await Upstart.start(t, {
    'twice.conf': 'start on first\nstart on second\n',
    'flat.conf': 'start on a or b and c or d\n',
    'nested.conf': 'start on ((a and (b or c)) or d X=1)\n',
  });
  const shown = async (name: string): Promise<string> => (await upstart.ctl(`show-config ${name}`)).out;
  t.equal(await shown('twice'), 'twice\n  start on second\n');
  t.equal(await shown('flat'), 'flat\n  start on (((a or b) and c) or d)\n');
  t.equal(await shown('nested'), 'nested\n  start on ((a and (b or c)) or d X=1)\n');
});

test('11: manual clears only an earlier start on', async (t) => {
  const upstart = await Upstart.start(t, {
    'before.conf': 'start on go\nmanual\n',
    'after.conf': 'manual\nstart on go\n',
  });
  t.equal((await upstart.ctl('show-config before')).out, 'before\n');
  await upstart.ctl('emit go');
  t.same(await upstart.ctl('list'), printed('after start/running\nbefore stop/waiting\n'));
});

test('12: respawn and respawn limit are independent, and the limit may be unlimited', async (t) => {
  const dies = 'script\n  echo x >> $OUT/journal-$UPSTART_JOB\n  exit 1\nend script\n';
  const stays =
    'script\n  echo x >> $OUT/journal-$UPSTART_JOB\n  [ $(wc -l < $OUT/journal-$UPSTART_JOB) -lt 15 ] && exit 1\n  exec sleep 1000\nend script\n';
  const upstart = await Upstart.start(t, {
    'limit.conf': `respawn limit 5 10\n${dies}`,
    'unlimited.conf': `respawn\nrespawn limit unlimited\n${stays}`,
  });
  await upstart.ctl('start limit');
  await upstart.untilPrinted('status limit', /stop\/waiting/);
  t.equal((await upstart.lines(1, `${upstart.directory}/journal-limit`)).length, 1);
  await upstart.ctl('start unlimited');
  await upstart.lines(15, `${upstart.directory}/journal-unlimited`);
  await upstart.untilPrinted('status unlimited', /start\/running/);
});

test('13: normal exit accumulates, and takes names with and without SIG', async (t) => {
  const ends = (how: string): string =>
    `respawn\nnormal exit 3\nnormal exit SIGUSR1 USR2\nscript\n  ${how}\nend script\n`;
  const upstart = await Upstart.start(t, {
    'status.conf': ends('exit 3'),
    'sig.conf': ends('kill -USR1 $$'),
    'name.conf': ends('kill -USR2 $$'),
  });
  for (const name of ['status', 'sig', 'name']) {
    await upstart.ctl(`start ${name}`);
    await upstart.untilPrinted(`status ${name}`, /stop\/waiting/);
  }
  t.notMatch(upstart.supervisor.messages, /respawning/);
});

test('15: an override is applied on top of the class', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': `env A=conf\nenv B=conf\n${journal('$A $B')}`,
    'foo.override': 'env B=override\nstart on go\n',
  });
  await upstart.ctl('emit go');
  t.same(await upstart.lines(1), ['conf override']);
});

test('16: usage, emits and export take what stands on their line', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': `usage "N=number"\nemits one two\nemits three\nenv A=1\nenv B=2\nexport A B\n${SERVICE}`,
    'seen.conf': `start on started foo\n${journal('$A $B')}`,
  });
  t.same(await upstart.ctl('usage foo'), printed('Usage: N=number\n'));
  t.same(await upstart.ctl('show-config foo'), printed('foo\n  emits one\n  emits two\n  emits three\n'));
  await upstart.ctl('start foo');
  t.same(await upstart.lines(1), ['1 2']);
});
