import t from 'tap';
import { COMMAND_GROUPS, COMMANDS } from '../../src/cli/command-table.js';
import { jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { conf } from '../supervisor/support/job-classes.js';
import { main } from '../../src/cli/main.js';
import { terminalOver } from '../../src/cli/terminal.js';
import { publishFeedEntries } from './feed-entries.js';
import { runFoster as run } from './run-foster.js';

t.test('events are printed as they come', async (t) => {
  const served = await serve(t);
  publishFeedEntries(served);
  const { out, err } = await run(served, ['events', '--all-processes']);
  t.equal(err, '');
  t.same(
    out.split('\n').map((line) => line.replace(/^\d\d:\d\d:05\.678 /, '')),
    [
      'event: name=started env=JOB=web',
      'state: from=spawned to=post-start goal=start job=web',
      'hand-off: pid=5 job=web instance=a reason=the launcher ended',
      'fork: ppid=1 pid=2 job=web',
      'log: level=info text=hello',
      'missed: count=3',
      '',
    ],
  );
});

t.test('events are sentences at a terminal, and only there', async (t) => {
  const served = await serve(t);
  publishFeedEntries(served);
  let out = '';
  const terminal = terminalOver(
    { stdout: (text) => (out += String(text)), stderr: () => undefined },
    {
      env: { FOSTER_SOCKET: served.path, NO_COLOR: '1' },
      uid: 0,
      isTerminal: { stdout: true, stderr: true },
      columns: () => 80,
      escaping: 'on-terminals',
    },
  );
  await main(['events'], terminal);
  t.same(
    out.split('\n').map((line) => line.replace(/^\d\d:\d\d:05\.678 {2}/, '')),
    [
      'web       is being started',
      'web (a)   main is process (unknown) now, which process 5 handed',
      '    off to: the launcher ended',
      'foster    3 entries missing here: read too slowly',
      '',
    ],
  );
});

t.test('events --pending says what waits for what', async (t) => {
  const served = await serve(t);
  served.api.waiting = [{ what: 'event starting JOB=web', waitsFor: ['job hook to finish'] }];
  t.equal(
    (await run(served, ['events', '--pending'])).out,
    'event starting JOB=web\n    waits for job hook to finish\n',
  );
});

t.test('emit waits for the event, at most as long as it may', async (t) => {
  const served = await serve(t);
  t.same(await run(served, ['emit', 'ev', 'A=1']), { status: 0, out: '', err: '' });
  served.api.emit = () => new Promise(() => undefined);
  t.match(await run(served, ['emit', 'ev', '--timeout', '0.05']), {
    status: 1,
    err: /ev: not finished within 0.05 s/,
  });
});

t.test('runlevel changes the runlevel, and shows it as runlevel(8) does', async (t) => {
  const served = await serve(t);
  t.match(await run(served, ['runlevel']), { status: 0, out: 'N N\n' });
  await run(served, ['runlevel', '3']);
  t.match(await run(served, ['runlevel', 's']), { status: 0, out: '' });
  t.match(await run(served, ['runlevel']), { status: 0, out: '3 S\n' });
  t.same(JSON.parse((await run(served, ['runlevel', '--json'])).out), { previous: '3', current: 'S' });
  t.match(await run(served, ['runlevel', '9']), { status: 2, err: /expected 0 to 6, or S/ });
});

t.test('health is 0 or 1', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('bad', { failure: 'main process (9) terminated with status 1' })];
  t.same(await run(served, ['health']), { status: 0, out: 'live\n', err: '' });
  t.same(await run(served, ['health', '--level', 'ready']), {
    status: 1,
    out: 'not ready\n    bad: main process (9) terminated with status 1\n',
    err: '',
  });
  served.server.close();
  t.equal((await run(served, ['health'])).status, 1);
});

t.test('health --wait asks until a supervisor is there and all is ready', async (t) => {
  const served = await serve(t);
  let times = 0;
  const failing = jobStatus('slow', { failure: 'main process (9) terminated with status 1' });
  served.api.jobs = () => (++times < 3 ? [failing] : []);
  const asked = run(served, ['health', '--level', 'ready', '--wait', '600']);
  t.same(await asked, { status: 0, out: 'ready\n', err: '' });
  t.match(await run({ path: `${served.path}.not` }, ['health', '--wait', '0.2']), {
    status: 1,
    err: /no such socket/,
  });
});

t.test('show-config, notices and version', async (t) => {
  const served = await serve(t);
  const job = conf({ name: 'a', emits: ['e'] });
  served.api.classReports = [
    { name: 'a', path: '/etc/init/a.conf', class: job, errors: [] },
    { name: 'b', path: '/etc/init/b.conf', errors: [{ line: 1, message: 'Unknown stanza' }] },
  ];
  t.same(await run(served, ['show-config', 'a']), { status: 0, out: 'a\n  emits e\n', err: '' });
  t.match(await run(served, ['show-config']), {
    status: 1,
    err: 'foster: /etc/init/b.conf:1: Unknown stanza\n',
  });
  for (const command of ['reload-configuration', 'reexec']) await run(served, [command]);
  await run(served, ['shutdown', '--no-wait']);
  t.same(served.api.calls, ['reload', 'reexec', 'shutdown']);
  t.match(
    (await run(served, ['version'])).out,
    /^foster \d+\.\d+\.\d+\nsupervisor 0\.1\.0, process 77, since 2026/,
  );
  t.match((await run(served, ['--version'])).out, /^foster \d+\.\d+\.\d+\n$/);
  served.server.close();
  t.match(await run(served, ['version']), { status: 150, out: /^foster \d/, err: /no supervisor listens/ });
});

t.test('what is refused for want of privilege is 4', async (t) => {
  const served = await serve(t);
  served.pretend.uid = 4711;
  t.match(await run(served, ['shutdown']), {
    status: 4,
    err: /^foster: Permission denied: user 4711 may not shut down \(expected root or the supervisor's own user; .*\)\n$/,
  });
  served.api.statuses = [runningJob('sshd', 12)];
  t.match(await run(served, ['log', 'sshd']), {
    status: 4,
    err: /^foster: Permission denied: user 4711 may not read logs \(expected root /,
  });
});

t.test('the help lists the commands by what a person wants, each by its name', async (t) => {
  const served = await serve(t);
  const { out } = await run(served, ['help']);
  const titles = [...out.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
  t.same(titles, ['Options', ...COMMAND_GROUPS.map(({ title }) => title)]);
  t.match(out, /^Look at jobs:\n {2}list +list jobs: /m);
  for (const { name } of COMMANDS) t.match(out, new RegExp(`^  ${name}  `, 'm'));
});

t.test("no word of another program is foster's own", (t) => {
  const words = COMMANDS.flatMap(({ elsewhere }) => elsewhere ?? []);
  t.same(
    words.filter((word) => COMMANDS.some(({ name }) => name === word)),
    [],
  );
  t.equal(new Set(words).size, words.length);
  t.end();
});

t.test('a wrong command line is explained', async (t) => {
  const served = await serve(t);
  const cases: [string[], RegExp][] = [
    [['lst'], /^foster: unknown command 'lst' \(Did you mean list\?\)\n$/],
    [['status', '--jsn'], /^foster: unknown option '--jsn' \(Did you mean --json\?\)\n$/],
    [['start'], /^foster: missing required argument 'job': 'foster start --help' says how it is used\n$/],
    [
      ['start', '--zzz', 'x'],
      /^foster: unknown option '--zzz': 'foster start --help' says how it is used\n$/,
    ],
    [['xyzzy'], /^foster: unknown command 'xyzzy': 'foster --help' lists the commands\n$/],
    [['help', 'lgo'], /^foster: unknown command 'lgo' \(Did you mean log\?\)\n$/],
    // words of systemctl, supervisorctl and pm2, and the order of service(8)
    [['ps'], /^foster: unknown command 'ps' \(Did you mean list\?\)\n$/],
    [
      ['daemon-reload'],
      /^foster: unknown command 'daemon-reload' \(Did you mean reload-configuration\?\)\n$/,
    ],
    [['nginx', 'status'], /^foster: unknown command 'nginx' \(Did you mean 'foster status nginx'\?\)\n$/],
    // a job may be called as a command; and a program's name is no job
    [['mask', 'web'], /^foster: unknown command 'mask' \(Did you mean disable\?\)\n$/],
    [['statsu', 'web'], /^foster: unknown command 'statsu' \(Did you mean status\?\)\n$/],
    [['systemctl', 'status', 'nginx'], /^foster: unknown command 'systemctl' \(Did you mean status\?\)\n$/],
    [['journalctl', '-u', 'web'], /^foster: unknown command 'journalctl' \(Did you mean log\?\)\n$/],
    [['start', 'A=1'], /^foster: start: missing the name of a job\n$/],
    [
      ['events', '--type', 'foo'],
      /^foster: option '--type <TYPE>' argument 'foo' is invalid\. Allowed choices are event, /,
    ],
    [['start', 'a', '--timeout', 'soon'], /^foster: --timeout soon: expected seconds\n$/],
    [['completion', 'tcsh'], /^foster: completion tcsh: expected bash, zsh, fish\n$/],
  ];
  for (const [args, message] of cases) {
    const { status, out, err } = await run(served, args);
    t.match(err, message, args.join(' '));
    t.same({ status, out }, { status: 2, out: '' });
  }
  t.match(await run(served, ['--help']), { status: 0, out: /^Usage: foster [^]*\n {2}status / });
  t.match(await run(served, ['log', '--help']), { status: 0, out: /-f, --follow/ });
  t.same(await run(served, ['help']), await run(served, ['--help']));
  t.same(await run(served, ['help', 'log']), await run(served, ['log', '--help']));
});
