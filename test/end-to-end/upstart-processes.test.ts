/** Behaviours 17 to 26 of Upstart's own tests: how commands run, and with what. */
import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { printed, refused, SERVICE, Upstart } from '../helpers/upstart.js';

const root = process.getuid?.() === 0 ? false : 'needs root';

/** Runs a task and answers with what it has written to its log. */
async function logOf(upstart: Upstart, name: string, lines: number): Promise<readonly string[]> {
  await upstart.ctl(`start ${name}`);
  return upstart.log(name, lines);
}

test('17: a simple command runs without a shell, one with shell characters through sh -e -c "exec ..."', async (t) => {
  const upstart = await Upstart.start(t, {
    'simple.conf': 'task\nexec cat /proc/self/cmdline\n',
    'shell.conf': 'task\nexec cat /proc/self/cmdline /proc/$$/cmdline && echo never\n',
  });
  await upstart.ctl('start simple');
  const cat = ['cat', '/proc/self/cmdline', ''].join('\0');
  t.equal(readFileSync(`${upstart.supervisor.logdir}/simple.log`, 'utf8'), cat);
  await upstart.ctl('start shell');
  t.match(
    readFileSync(`${upstart.supervisor.logdir}/shell.log`, 'utf8'),
    /^cat\0.*cmdline\0$/,
    'the command has replaced the shell, and what follows it never runs',
  );
});

test('18: a script of one line is given by -c, a longer one by a descriptor that does not leak', async (t) => {
  const upstart = await Upstart.start(t, {
    'one.conf': 'task\nscript\n  echo "$0"; [ -e /proc/$$/fd/9 ] || echo none\nend script\n',
    'more.conf': 'task\nscript\n  echo "$0"\n  [ -e /proc/$$/fd/9 ] || echo none\nend script\n',
  });
  t.same(await logOf(upstart, 'one', 2), ['/bin/sh', 'none']);
  t.same(await logOf(upstart, 'more', 2), ['/proc/self/fd/9', 'none']);
});

test('19: -e makes an unchecked failure the status of the script', async (t) => {
  const upstart = await Upstart.start(t, {
    'fails.conf': 'task\nscript\n  false || true\n  (exit 7)\n  echo never >> $OUT/journal\nend script\n',
    'seen.conf': 'start on stopped fails\ntask\nexec echo $EXIT_STATUS >> $OUT/journal\n',
  });
  t.same(await upstart.ctl('start fails'), refused('Job failed to start'));
  t.same(await upstart.lines(1), ['7']);
});

test('20: UPSTART_JOB and UPSTART_INSTANCE are set; 21: what a stop brings is for pre-stop and post-stop only', async (t) => {
  const say = (name: string): string =>
    `${name} exec echo ${name} $UPSTART_JOB $UPSTART_INSTANCE $WHY >> $OUT/journal\n`;
  const upstart = await Upstart.start(t, {
    'foo.conf': `instance $N\n${['pre-start', 'post-start', 'pre-stop', 'post-stop'].map(say).join('')}${SERVICE}`,
  });
  await upstart.ctl('start foo N=1');
  await upstart.ctl('stop foo N=1 WHY=maintenance');
  t.same(await upstart.lines(4), [
    'pre-start foo 1',
    'post-start foo 1',
    'pre-stop foo 1 maintenance',
    'post-stop foo 1 maintenance',
  ]);
});

test('22: every process leads a session and a group of its own', async (t) => {
  const say =
    'read pid comm state parent group session rest < /proc/$$/stat; [ $pid = $group -a $pid = $session ] && echo leads';
  const upstart = await Upstart.start(t, {
    'foo.conf': `task\npre-start script\n${say}\nend script\nscript\n${say}\nend script\n`,
  });
  t.same(await logOf(upstart, 'foo', 2), ['leads', 'leads']);
});

test('23: descriptors 0 to 2 are what console says, with and without a script, and no other leaks', async (t) => {
  const list = 'for fd in /proc/$$/fd/*; do echo $fd $(readlink $fd); done';
  const upstart = await Upstart.start(t, {
    'none.conf': `console none\ntask\nexec sh -c "${list.replaceAll('$', '\\$')} > $OUT/none"\n`,
    'log.conf': 'task\nexec ls -l /proc/self/fd\n',
    'script.conf': 'task\nscript\n  true\n  exec ls -l /proc/self/fd\nend script\n',
  });
  await upstart.ctl('start none');
  const none = await upstart.lines(3, `${upstart.directory}/none`);
  const standard = none.filter((line) => /fd\/[012] /.test(line));
  t.match(standard, [/\/0 \/dev\/null$/, /\/1 .*\/none$/, /\/2 \/dev\/null$/]);
  for (const name of ['log', 'script']) {
    const lines = (await logOf(upstart, name, 4)).filter((line) => line.includes(' -> '));
    const open = lines.map((line) => line.split(' -> ')[0]!.split(' ').at(-1));
    t.same(open, ['0', '1', '2', '3'], `${name}: the fourth is that of ls itself`);
    t.match(lines[0], / 0 -> \/dev\/null$/);
  }
});

test('24: a missing program is a failure to start, not an exit status', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': 'exec /nonexistent/program\n',
    'seen.conf':
      'start on stopped foo\ntask\nexec echo $RESULT $PROCESS ${EXIT_STATUS-none} >> $OUT/journal\n',
  });
  t.same(await upstart.ctl('start foo'), refused('Job failed to start'));
  t.same(await upstart.lines(1), ['failed main none']);
  await upstart.supervisor.untilMessage(
    /Failed to spawn foo main process: unable to execute: No such file or directory/,
  );
});

test('25: setuid and setgid, to oneself too; an unknown user fails the job', { skip: root }, async (t) => {
  const upstart = await Upstart.start(t, {
    'other.conf': 'task\nsetuid nobody\nexec id -u -n\n',
    'group.conf': 'task\nsetgid daemon\nexec id -g -n\n',
    'self.conf': 'task\nsetuid root\nexec id -u -n\n',
    'unknown.conf': 'setuid nosuchuser\nexec sleep 1000\n',
  });
  t.same(await logOf(upstart, 'other', 1), ['nobody']);
  t.same(await logOf(upstart, 'group', 1), ['daemon']);
  t.same(await logOf(upstart, 'self', 1), ['root']);
  t.same(await upstart.ctl('start unknown'), refused('Job failed to start'));
});

test('26: chdir, umask, limits and nice are applied', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf':
      'task\nchdir /usr\numask 027\nlimit nofile 100 200\nnice 5\nscript\n  pwd; umask; ulimit -Sn; ulimit -Hn; nice\nend script\n',
  });
  t.same(await logOf(upstart, 'foo', 5), ['/usr', '0027', '100', '200', '5']);
  t.same(await upstart.ctl('status foo'), printed('foo stop/waiting\n'));
});
