import t from 'tap';
import { plainText } from '../../../src/cli/format/line.js';
import { keysOf } from '../../../src/cli/top/keys.js';
import { screen } from '../../../src/cli/top/screen.js';
import { FIRST_STATE, listed, pressed, withSample, type TopState } from '../../../src/cli/top/state.js';
import type { JobUsage } from '../../../src/supervisor/api/usage.js';
import { textWidth } from '../../../src/text/width.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');

function usage(name: string, cpu: number, memory: number): JobUsage {
  const none = { memoryLimit: null, ioRead: null, ioWritten: null, frozen: false };
  return { name, instance: '', source: 'processes', cpu, memory, tasks: 1, ...none };
}

/** A second has passed, in which `busy` has used half of it. */
function state(): TopState {
  const jobs = [
    runningJob('idle', 1, { mainSince: '2026-01-02T03:00:00.000Z', respawns: 7 }),
    runningJob('busy', 2, { mainSince: '2026-01-02T02:00:00.000Z' }),
    jobStatus('failing', { failure: 'main process (9) terminated with status 1' }),
    jobStatus('データ\x1b[2J'),
  ];
  const before = { jobs: [usage('idle', 0, 2048), usage('busy', 0, 1024)], at: 0 };
  const now = { jobs: [usage('idle', 0, 2048), usage('busy', 500_000, 1024)], at: 1000 };
  return withSample(FIRST_STATE, jobs, now, before);
}

function typed(from: TopState, ...keys: readonly string[]) {
  let last = { state: from } as ReturnType<typeof pressed>;
  for (const text of keys) for (const key of keysOf(text)) last = pressed(last.state, key, 10);
  return last;
}

const order = (from: TopState): readonly string[] => listed(from).map(({ title }) => title);

t.test('keys sort the list, the most first', (t) => {
  const sorts: Readonly<Record<string, readonly string[]>> = {
    c: ['busy', 'idle', 'failing'],
    m: ['idle', 'busy', 'failing'],
    n: ['busy', 'failing', 'idle'],
    u: ['busy', 'idle', 'failing'],
    t: ['idle', 'busy', 'failing'],
    f: ['failing', 'busy', 'idle'],
  };
  for (const [key, names] of Object.entries(sorts))
    t.same(
      order(typed(state(), key).state).filter((name) => !name.startsWith('デ')),
      names,
      key,
    );
  t.end();
});

t.test('the cursor follows its job, and stays in the list', (t) => {
  t.equal(state().selected, 'busy');
  t.equal(typed(state(), '\x1b[B').state.selected, 'idle');
  t.equal(typed(state(), 'j', 'k', 'k').state.selected, 'busy');
  t.equal(typed(state(), '\x1b[F', 'j').state.selected, order(state()).at(-1));
  t.equal(typed(state(), 'j', 'n').state.selected, 'idle', 'sorted anew, it is the same job');
  t.end();
});

t.test('a filter is typed, corrected, kept and cleared', (t) => {
  const filtered = typed(state(), '/', 'x', '\x7f', 'd', 'l').state;
  t.same(order(filtered), ['idle']);
  t.equal(filtered.selected, 'idle', 'the cursor is on what is listed');
  t.same(order(typed(filtered, '\r', 'q').state), ['idle'], 'kept');
  t.equal(order(typed(filtered, '\x1b').state).length, 4);
  t.same(order(typed(state(), '/', 'failed').state), ['failing'], 'a state is one, too');
  t.end();
});

t.test('nothing is done without a yes', (t) => {
  for (const [key, verb] of Object.entries({ s: 'start', x: 'stop', r: 'restart' })) {
    const asked = typed(state(), key);
    t.equal(asked.act, undefined);
    t.equal(typed(asked.state, 'n').act, undefined);
    t.equal(typed(asked.state, '\r').act, undefined);
    t.match(typed(asked.state, 'y').act, { kind: 'command', verb, job: { title: 'busy' } });
  }
  const signal = typed(state(), 'K', 'usr1', '\x7f2', '\r');
  t.equal(signal.act, undefined);
  t.match(typed(signal.state, 'y').act, { kind: 'signal', signal: 'USR2', job: { title: 'busy' } });
  t.equal(typed(state(), 'K', '\x1b', 'y').act, undefined);
  t.end();
});

t.test('q and Ctrl-C leave, also while something is typed', (t) => {
  t.equal(typed(state(), 'q').quit, true);
  t.equal(typed(state(), '/', '\x03').quit, true);
  t.equal(typed(state(), '/', 'q').quit, undefined);
  t.equal(typed(state(), '\x1b[99~\x1bOz').quit, undefined, 'unknown sequences are no text');
  t.end();
});

t.test('whatever the size, the screen has as many lines as the terminal, none wider', (t) => {
  const states = {
    list: state(),
    pane: typed(state(), '\r').state,
    help: typed(state(), '?').state,
    confirm: typed(state(), 'x').state,
    filter: typed(state(), '/', 'a').state,
    signal: typed(state(), 'K', 'HUP').state,
    empty: FIRST_STATE,
  };
  for (const [name, one] of Object.entries(states))
    for (const columns of [1, 20, 40, 80, 200])
      for (const rows of [1, 3, 5, 12, 24, 60]) {
        const lines = screen(one, { columns, rows }, NOW).map(plainText);
        t.equal(lines.length, rows, `${name} ${columns}x${rows}`);
        const widest = Math.max(...lines.map(textWidth));
        t.ok(widest <= columns, `${name} ${columns}x${rows}: ${widest}`);
        t.notMatch(lines.join(''), '\x1b');
      }
  t.end();
});

t.test('at 40 columns the name, the state and what it uses are there', (t) => {
  const lines = screen(state(), { columns: 40, rows: 8 }, NOW).map(plainText);
  t.match(lines[0], /^foster top: 4 jobs, 2 running, 1 failed/);
  t.match(lines[2], /^> busy +running +50\.0/, 'the cursor is seen without colour');
  t.end();
});
