/** `foster top` on a terminal, with a real supervisor. */
import t from 'tap';
import { PseudoTerminal } from '../helpers/pseudo-terminal.js';
import { Supervisor } from '../helpers/supervisor.js';

const JOBS = {
  'web.ini':
    'exec = sh -c "echo hello; echo \\"$(printf \'\\\\033[2J\')evil\\"; sleep 1000 & wait"\nready = exec\n',
  'idle.ini': 'exec = sleep 1000\n',
  'bad.ini': 'exec = sh -c "exit 3"\n',
};

t.test('top shows jobs, and starts and stops them when that is confirmed', async (t) => {
  const supervisor = await Supervisor.start(t, JOBS);
  await supervisor.cli('start', 'web', 'bad');
  const env = { FOSTER_SOCKET: supervisor.socket };
  const terminal = new PseudoTerminal(t, ['top'], { columns: 80, rows: 24, env });
  await terminal.untilScreen(/^foster top: 3 jobs, 1 running, 1 failed +by cpu/m);
  await terminal.untilScreen(/ {2}bad +failed .*terminated/);
  t.match(terminal.sent, '\x1b[?1049h', 'a screen of its own');

  terminal.type('n');
  await terminal.untilScreen(/by name[^]*> (?:web|bad)/);
  terminal.type('/web');
  await terminal.untilScreen(/> web +running/);
  terminal.type('\r\r');
  await terminal.untilScreen(/-- web -+\n[^]*main {2}sh -c[^]*sleep 1000[^]*\| hello\n\| \\x1b\[2Jevil/);
  terminal.type('x');
  await terminal.untilScreen(/stop web\? y\/n/);
  terminal.type('n');
  await terminal.untilScreen(/nothing was done/);
  t.match(await supervisor.status('web'), { state: 'running' });
  terminal.type('xy');
  await supervisor.untilStatus('web', ({ state }) => state === 'waiting');
  await terminal.untilScreen(/> web +stopped/);
  terminal.type('sy');
  await terminal.untilScreen(/> web +running/);

  terminal.resize({ columns: 40, rows: 10 });
  const small = await terminal.untilScreen(/^foster top: 3 jobs, 2? ?/m);
  t.ok(small.split('\n').length <= 10);
  await terminal.untilScreen(/> web +running/);
  terminal.type('q');
  t.equal(await terminal.ended, 0);
  t.match(terminal.sent, /\x1b\[\?25h\x1b\[\?1049l$/, 'the former screen is back');
});

t.test('without colour the cursor is still to be seen', async (t) => {
  const supervisor = await Supervisor.start(t, JOBS);
  const env = { FOSTER_SOCKET: supervisor.socket, NO_COLOR: '1' };
  const terminal = new PseudoTerminal(t, ['top'], { columns: 60, rows: 12, env });
  await terminal.untilScreen(/> \S+ +stopped/);
  t.notMatch(terminal.sent, /\x1b\[\d+m/);
  terminal.type('\x03');
  t.equal(await terminal.ended, 0);
});

t.test('the terminal is given back when the supervisor ends', async (t) => {
  const supervisor = await Supervisor.start(t, JOBS);
  const env = { FOSTER_SOCKET: supervisor.socket };
  const terminal = new PseudoTerminal(t, ['top'], { columns: 60, rows: 12, env });
  await terminal.untilScreen(/^foster top/m);
  await supervisor.cli('shutdown');
  t.equal(await terminal.ended, 150);
  t.match(terminal.sent, /\x1b\[\?1049lfoster: no supervisor listens/);
});
