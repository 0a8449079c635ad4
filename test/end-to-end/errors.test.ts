/** An error is one sentence: in a pipe one line, on a terminal lines that end between words. */
import t from 'tap';
import { PseudoTerminal } from '../helpers/pseudo-terminal.js';
import { Supervisor } from '../helpers/supervisor.js';

t.test('on a narrow terminal, an error is broken between words, and nothing of it is lost', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': 'exce = sleep 1000\n' });
  const env = { FOSTER_SOCKET: supervisor.socket };
  for (const args of [
    ['start', 'web'],
    ['start', 'wbe'],
    ['log', 'wbe'],
    ['list', '--fialed', 'x'],
    ['start', '--zzz', 'x'],
  ]) {
    const piped = await supervisor.cli(...args);
    t.match(piped.err, /^foster: .*\n$/, args.join(' '));
    const terminal = new PseudoTerminal(t, args, { columns: 40, rows: 24, env });
    t.not(await terminal.ended, 0);
    const lines = terminal.sent.split('\r\n').slice(0, -1);
    t.equal(lines.map((line) => line.trim()).join(' '), piped.err.trimEnd());
    // a path is never broken, so that it can be copied
    for (const line of lines) t.ok(line.length <= 40 || !line.trim().includes(' '), line);
    for (const line of lines.slice(1)) t.match(line, /^ {4}\S/);
  }
});
