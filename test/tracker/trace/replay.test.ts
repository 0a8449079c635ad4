import { test } from 'tap';
import { parseTrace, TraceError } from '../../../src/tracker/trace/format.js';
import { replay } from '../../../src/tracker/trace/replay.js';

type Line = Readonly<Record<string, unknown>>;

const start: readonly Line[] = [
  { ev: 'start', t: 1, argv: ['daemon'], recorder: 50 },
  { ev: 'fork', t: 2, pid: 50, child: 100 },
  { ev: 'P0', t: 3, pid: 100 },
];
const fork = (t: number, pid: number, child: number): Line => ({ ev: 'fork', t, pid, child });
const exit = (t: number, pid: number, code = 0): Line => ({ ev: 'exit', t, pid, tid: pid, code, ppid: 50 });

function said(...lines: readonly Line[]): string[] {
  const text = [...start, ...lines].map((line) => JSON.stringify(line)).join('\n');
  return replay(parseTrace(text, 'test')).map(({ verdict, pid }) => `${verdict} ${pid}`);
}

test('a trace tells who was main, from the launcher on', (t) => {
  t.same(said(fork(4, 100, 101), { ev: 'sid', t: 5, pid: 101 }, exit(6, 100)), [
    'main 100',
    'hand-off 100',
    'main 101',
  ]);
  t.end();
});

test('verdicts carry the time at which the deciding line was received', (t) => {
  const lines = [...start, { ...exit(6, 100), r: 9 }].map((line) => JSON.stringify(line));
  t.match(replay(parseTrace(lines.join('\n'), 'test')), [{ time: 3 }, { verdict: 'ended', time: 9 }]);
  t.end();
});

test('lines that were received together are taken in before anything is decided', (t) => {
  const together = [exit(6, 100), fork(5, 100, 101)].map((line) => ({ ...line, r: 10 }));
  t.same(said(...together), ['main 100', 'hand-off 100', 'main 101']);
  t.same(
    said(exit(6, 100), fork(7, 100, 101)),
    ['main 100', 'ended 100'],
    'one after the other they are not',
  );
  t.end();
});

test('a signal that ends, sent to main, makes its end one that was asked for', (t) => {
  const stop = (sig: number, pid: number): string[] =>
    said(fork(4, 100, 101), { ev: 'sent', t: 5, pid, sig }, exit(6, 100));
  t.same(stop(15, 100), ['main 100', 'ended 100']);
  t.same(stop(1, 100), ['main 100', 'hand-off 100', 'main 101'], 'SIGHUP asks for a reload');
  t.same(stop(15, 101), ['main 100', 'hand-off 100', 'main 101'], 'and others than main may be stopped');
  t.end();
});

/** A daemon whose launcher was gone before its exec event was read; then a child of it runs `argv`, and it ends. */
function upgradedTo(argv: readonly string[], ...known: readonly Line[]): string[] {
  const unread: Line = { ev: 'exec', t: 4, pid: 100, argv: null, exe: null };
  const daemonised = [unread, fork(5, 100, 101), { ev: 'sid', t: 6, pid: 101 }, exit(7, 100), ...known];
  const exec: Line = { ev: 'exec', t: 4e9 + 1, pid: 102, argv, exe: `/bin/${argv[0]}` };
  return said(...daemonised, fork(8, 101, 103), fork(4e9, 101, 102), exec, exit(5e9, 101));
}

test('an upgrade is recognised although the exec of the launcher could not be read', (t) => {
  const before = ['main 100', 'hand-off 100', 'main 101'];
  t.same(
    upgradedTo(['daemon']),
    [...before, 'hand-off 101', 'main 102'],
    'main runs what was launched, as far as one can tell',
  );
  t.same(upgradedTo(['other']), [...before, 'ended 101']);
  const learned: Line = { ev: 'program', t: 7, pid: 101, argv: ['master'], exe: '/bin/master' };
  t.same(
    upgradedTo(['master'], learned),
    [...before, 'hand-off 101', 'main 102'],
    'or what was learned of it',
  );
  t.same(upgradedTo(['daemon'], learned), [...before, 'ended 101']);
  t.end();
});

test('threads do not appear: their forks make no process, their exits end none', (t) => {
  const thread: Line = { ev: 'fork', t: 5, pid: 50, child: 101, ctid: 102, thread: true };
  const leaderGone: Line = { ev: 'exit', t: 7, pid: 101, tid: 101, code: 0, ppid: 50 };
  const lastGone: Line = { ev: 'exit', t: 9e9, pid: 101, tid: 102, code: 256, ppid: 50 };
  const before = ['main 100', 'hand-off 100', 'main 101'];
  t.same(said(fork(4, 100, 101), thread, exit(6, 100), leaderGone), before);
  t.same(said(fork(4, 100, 101), thread, exit(6, 100), leaderGone, lastGone), [...before, 'died 101']);
  t.end();
});

test('reaps count as ends, with their status', (t) => {
  t.same(said({ ev: 'reap', t: 6, pid: 100, status: 256 }), ['main 100', 'died 100']);
  t.end();
});

test('what is due after the last line is said too', (t) => {
  t.same(said(fork(4, 100, 101), fork(5, 100, 102), exit(6, 100)).at(-1), 'ambiguous 102');
  t.end();
});

test('identities, names, tracing, dumps and lines for the reader change nothing', (t) => {
  const lines: readonly Line[] = [
    { ev: 'uid', t: 4, pid: 100, ruid: 0, euid: 33 },
    { ev: 'gid', t: 4, pid: 100, rgid: 0, egid: 33 },
    { ev: 'comm', t: 4, pid: 100, comm: 'x' },
    { ev: 'coredump', t: 4, pid: 100 },
    { ev: 'overflow', t: 4 },
    { ev: 'note', t: 4, text: 'x' },
    { ev: 'phase', t: 4, phase: 'ready' },
    { ev: 'gap', t: 4 },
    { ev: 'end', t: 4 },
  ];
  t.same(said(...lines), ['main 100']);
  t.end();
});

test('a line that lacks what its kind must have is an error that says so', (t) => {
  t.throws(() => said({ ev: 'fork', t: 4, pid: 100 }), TraceError);
  t.throws(() => said({ ev: 'exit', t: 4, pid: 100, tid: 100 }), { message: /"exit".*"code"/ });
  t.end();
});

test('a trace without a launch says nothing', (t) => {
  t.same(replay(parseTrace('{"ev":"note"}\n{"ev":"sid","pid":3,"t":5}', 'test')), []);
  t.end();
});
