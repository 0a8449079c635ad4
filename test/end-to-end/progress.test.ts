/** Commands that take long show what they wait for, on terminals; foster says what it is when it starts. */
import t from 'tap';
import { PseudoTerminal } from '../helpers/pseudo-terminal.js';
import { Supervisor } from '../helpers/supervisor.js';

const HANGING =
  'exec = sh -c "trap : TERM; echo up; while :; do sleep 0.1; done"\nready log = up\nkill timeout = 4\n';

t.test('a stop that takes long says until when, in one line that is gone in the end', async (t) => {
  const supervisor = await Supervisor.start(t, { 'hang.ini': HANGING });
  await supervisor.cli('start', 'hang');
  const env = { FOSTER_SOCKET: supervisor.socket };
  const terminal = new PseudoTerminal(t, ['stop', 'hang'], { columns: 44, rows: 5, env });
  await terminal.untilSent(/waiting for hang: TERM sent, KILL in [\d.]+ s/);
  t.equal(terminal.screen.filter((line) => line !== '').length, 1);
  t.equal(await terminal.ended, 0);
  t.notMatch(terminal.screen.join('\n'), 'waiting for');
  t.match(terminal.screen[0], /^hang stop\/waiting$/);

  await supervisor.cli('start', 'hang');
  const piped = await supervisor.cli('stop', 'hang');
  t.notMatch(piped.out + piped.err, /waiting for|\x1b|\r/, 'in a pipe there is nothing of it');
});

t.test('so does a start, and a shutdown', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'hang.ini': HANGING,
    'slow.ini': 'exec = sleep 1000\nready path = /nonexistent/never\nstart timeout = 3\n',
  });
  const env = { FOSTER_SOCKET: supervisor.socket };
  const start = new PseudoTerminal(t, ['start', 'slow'], { columns: 80, rows: 9, env });
  await start.untilSent(/waiting for slow: main process \(\d+\) to be ready, at most [\d.]+ s/);
  t.equal(await start.ended, 1);
  await supervisor.cli('start', 'hang');
  const end = new PseudoTerminal(t, ['shutdown'], { columns: 80, rows: 5, env });
  await end.untilSent(/waiting for hang: TERM sent, KILL in [\d.]+ s/);
  t.equal(await end.ended, 0);
  t.same(
    end.screen.filter((line) => line !== ''),
    [],
  );
});

t.test('foster init says what it is, where it reads, and when all are up', async (t) => {
  const supervisor = Supervisor.prepare(
    t,
    {
      'a.ini': 'exec = sleep 1000\nstart on = startup\nready = exec\n',
      'b.ini': 'exec = sleep 1000\nstart on = started a\n',
      'c.ini': 'exec = sh -c "exit 3"\nstart on = startup\n',
      'd.ini': 'exec = sleep 1000\n',
      'e.ini': 'exce = sleep 1000\n',
    },
    { args: ['--startup-event', 'startup'], noStartupEvent: false },
  );
  await supervisor.begin();
  await supervisor.untilMessage(/up after/);
  const { messages, confdir, socket, pid } = supervisor;
  t.match(
    messages,
    `foster 0.1.0 (supervisor, process ${pid}): 4 jobs and 1 broken file in ${confdir}; socket ${socket}\n`,
  );
  t.match(messages, /^2 jobs up after \d+\.\d s; failed: c$/m);
});
