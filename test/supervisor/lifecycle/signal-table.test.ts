import t from 'tap';
import { actionOf } from '../../../src/supervisor/lifecycle/signal-table.js';

const SHUTDOWN = { kind: 'shutdown' };
const IGNORE = { kind: 'ignore' };
const FORWARD = { kind: 'forward' };

t.test('the table of what a signal means, row by row', (t) => {
  const event = (name: string) => ({ kind: 'event', name });
  const rows = {
    //        container, command, machine, user
    TERM: [SHUTDOWN, SHUTDOWN, { ...SHUTDOWN, machine: 'power-off' }, SHUTDOWN],
    'RTMIN+3': [SHUTDOWN, SHUTDOWN, { ...SHUTDOWN, machine: 'halt' }, SHUTDOWN],
    INT: [SHUTDOWN, FORWARD, event('control-alt-delete'), SHUTDOWN],
    PWR: [event('power-status-changed'), FORWARD, event('power-status-changed'), IGNORE],
    WINCH: [event('keyboard-request'), FORWARD, event('keyboard-request'), IGNORE],
    HUP: [{ kind: 'reload' }, FORWARD, { kind: 'reload' }, { kind: 'reload' }],
    USR1: [{ kind: 'reopen-logs' }, FORWARD, { kind: 'reopen-logs' }, { kind: 'reopen-logs' }],
    USR2: [{ kind: 'reexec' }, FORWARD, { kind: 'reexec' }, { kind: 'reexec' }],
    QUIT: [IGNORE, FORWARD, IGNORE, IGNORE],
    'RTMIN+5': [IGNORE, FORWARD, { ...SHUTDOWN, machine: 'reboot' }, IGNORE],
  };
  const modes = ['container', 'command', 'machine', 'user'] as const;
  for (const [name, row] of Object.entries(rows))
    t.strictSame(
      modes.map((mode) => actionOf(mode, name)),
      row,
      name,
    );
  t.end();
});

t.test('in the background of a terminal, what the kernel says to us is not passed on', (t) => {
  for (const name of ['TTIN', 'TTOU']) {
    t.strictSame(actionOf('command', name, true), IGNORE);
    t.strictSame(actionOf('command', name, false), FORWARD);
  }
  t.strictSame(actionOf('command', 'TSTP', true), FORWARD);
  t.end();
});
