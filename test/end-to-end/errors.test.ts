/** A sentence of foster's is one line in a pipe; on a terminal, its lines end between words. */
import t from 'tap';
import { PseudoTerminal } from '../helpers/pseudo-terminal.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

t.test('on a narrow terminal, an error is broken between words, and nothing of it is lost', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.ini': 'exce = sleep 1000\n',
    'tells.ini': 'exec = sh -c "echo Error: no such file: a/b/c; exit 1"\n',
  });
  const env = { FOSTER_SOCKET: supervisor.socket };
  for (const args of [
    ['start', 'web'],
    ['start', 'wbe'],
    ['start', 'tells'],
    ['log', 'wbe'],
    ['list', '--fialed', 'x'],
    ['start', '--zzz', 'x'],
  ]) {
    const piped = await supervisor.cli(...args);
    t.match(piped.err, /^foster: .*\n( {4}\| .*\n)?$/, args.join(' '));
    const terminal = new PseudoTerminal(t, args, { columns: 40, rows: 24, env });
    t.not(await terminal.ended, 0);
    const lines = terminal.sent.split('\r\n').slice(0, -1);
    const inOneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');
    const withoutPids = (text: string): string => text.replace(/\d+/g, 'N');
    t.equal(withoutPids(inOneLine(lines.join(' '))), withoutPids(inOneLine(piped.err)));
    // a path is never broken, so that it can be copied
    for (const line of lines) t.ok(line.length <= 40 || !line.trim().includes(' '), line);
    for (const line of lines.slice(1)) t.match(line, /^ {4}( {4})?\S/);
  }
});

t.test('what foster answers is broken between words, too; trees are cut', async (t) => {
  const title = 'a title of forty and more columns, and spaces';
  const supervisor = await Supervisor.start(t, {
    'bad.ini': 'exce = sleep 1000\n',
    'web.ini': `exec = bash -c "exec -a '${title}    ' sleep 1000"\nready = exec\nreload signal = CONT\n`,
  });
  await supervisor.cli('start', 'web');
  await until('its title', async () => (await supervisor.cli('tree', 'web')).out.includes(` ${title}`));
  const env = { FOSTER_SOCKET: supervisor.socket };
  const printedBy = async (...args: string[]): Promise<readonly string[]> => {
    const terminal = new PseudoTerminal(t, args, { columns: 40, rows: 24, env });
    await terminal.ended;
    // without the line that shows progress, which is rewritten
    const printed = terminal.sent.replace(/\r(?!\n)[^\r\n]*\x1b\[K/g, '');
    return printed.split('\r\n').slice(0, -1);
  };
  for (const args of [
    ['health', '--level', 'ready'],
    ['check'],
    ['reload', 'web'],
    ['signal', 'web', 'CONT'],
    ['enable', 'web'],
    ['events', '--no-follow'],
    ['reload-configuration'],
    ['doctor'],
  ]) {
    const piped = await supervisor.cli(...args);
    t.notMatch(piped.out, /\n {5,}\S+\n/, `${args.join(' ')} in a pipe is not broken`);
    for (const line of await printedBy(...args))
      t.ok(line.length <= 40 || !line.trim().includes(' '), `${args.join(' ')}: ${line}`);
  }
  const tree = await printedBy('tree', 'web');
  t.equal(tree.length, 2);
  t.match(tree[1], /^ {4}└─ \d+ main  a title of.*…$/);
  t.notMatch((await supervisor.cli('tree', 'web')).out, / \n/, 'the spaces behind a title are not shown');
});
