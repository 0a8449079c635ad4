/** telinit, runlevel, shutdown, halt, poweroff and reboot as links to initctl; what ends a machine is in test/end-to-end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { delayUntil, isWarningDue } from '../../../src/cli/sysv/shutdown-time.js';
import { warning } from '../../../src/cli/sysv/shutdown.js';
import { LoginRecords } from '../../../src/supervisor/lifecycle/login-records.js';
import { serve } from '../../control/serve.js';
import { runInitctl } from '../run-initctl.js';

const hint = (name: string): string => `Try \`${name} --help' for more information.\n`;

t.test('telinit changes the runlevel, with variables for the event', async (t) => {
  const served = await serve(t);
  const telinit = (...args: string[]) => runInitctl(served, args, {}, '/sbin/telinit');
  t.same(await telinit('2'), { status: 0, out: '', err: '' });
  t.same(await telinit('-e', 'A=1', 's', '-e', 'B=2'), { status: 0, out: '', err: '' });
  await telinit('q');
  await telinit('u');
  t.same(served.api.calls, ['runlevel 2', 'runlevel S A=1 B=2', 'reload', 'reexec']);
  t.same(await telinit(), { status: 1, out: '', err: `telinit: missing runlevel\n${hint('telinit')}` });
  t.same(await telinit('9'), {
    status: 1,
    out: '',
    err: `telinit: Illegal runlevel: 9\n${hint('telinit')}`,
  });
});

t.test('runlevel prints the previous and the present runlevel', async (t) => {
  const served = await serve(t);
  const runlevel = (...args: string[]) => runInitctl(served, args, {}, 'runlevel');
  t.same(await runlevel(), { status: 1, out: 'unknown\n', err: '' });
  served.api.changeRunlevel('2');
  t.same(await runlevel(), { status: 0, out: 'N 2\n', err: '' });
  t.same(await runlevel('--quiet'), { status: 0, out: '', err: '' });

  const directory = mkdtempSync(join(tmpdir(), 'foster-utmp-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const files = { utmp: join(directory, 'utmp'), wtmp: join(directory, 'wtmp') };
  writeFileSync(files.utmp, '');
  new LoginRecords(0, files).recordRunlevel('2', '5');
  t.same(await runlevel(files.utmp), { status: 0, out: '2 5\n', err: '' }, 'of a utmp file');
  t.same(await runlevel(files.wtmp), { status: 1, out: 'unknown\n', err: '' }, 'which may be missing');
});

t.test('a machine whose init is not foster is not ended', async (t) => {
  const served = await serve(t);
  for (const [program, ...args] of [
    ['shutdown', '-h', 'now'],
    ['shutdown', '-k', 'now'],
    ['halt'],
    ['poweroff', '-f'],
    ['reboot'],
  ] as [string, ...string[]][]) {
    const { status, err } = await runInitctl(served, args, {}, program);
    t.match({ status, err }, { status: 1, err: `${program}: The init of this machine is not foster` });
  }
  t.same(served.api.calls, []);
});

t.test('shutdown says what is wrong with its command line', async (t) => {
  const served = await serve(t);
  const shutdown = (...args: string[]) => runInitctl(served, args, {}, 'shutdown');
  t.match(await shutdown('-r'), { status: 1, err: `shutdown: time expected\n${hint('shutdown')}` });
  t.match(await shutdown('-r', 'soon'), { status: 1, err: /illegal time value: soon/ });
  t.match(await shutdown('-r', '24:00'), { status: 1, err: /illegal time value/ });
  t.match(await shutdown('-x', 'now'), { status: 1, err: /invalid option: -x/ });
  t.match((await shutdown('--help')).out, /^Usage: shutdown \[OPTION\]\.\.\. TIME \[MESSAGE\]\n/);
  t.match(await shutdown('--version'), { status: 0, out: /^shutdown \(upstart / });
});

t.test('the time of a shutdown', (t) => {
  const now = new Date(2026, 0, 2, 22, 30);
  t.equal(delayUntil('now', now), 0);
  t.equal(delayUntil('+5', now), 5 * 60_000);
  t.equal(delayUntil('5', now), 5 * 60_000);
  t.equal(delayUntil('23:00', now), 30 * 60_000);
  t.equal(delayUntil('22:00', now), 23.5 * 3600_000, 'tomorrow');
  t.same(
    [200, 180, 150, 45, 40, 10, 9, 1].filter((minutes) => isWarningDue(minutes)),
    [180, 150, 45, 9, 1],
  );
  t.equal(warning('reboot', 1, ''), '\x07The system is going down for reboot in 1 minute!');
  t.equal(warning('power off', 0, 'bye'), '\x07The system is going down for power off NOW!\nbye');
  t.end();
});
