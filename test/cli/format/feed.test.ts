import { test } from 'tap';
import { feedLine } from '../../../src/cli/format/feed.js';
import type { FeedEntry } from '../../../src/supervisor/api/feed.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';

const at = '2026-01-02T03:04:05.678Z';
const origin = { time: 1_234_567_890, cpu: 1, sequence: 7 };

/** Without the time, which is shown in the zone of the reader. */
function line(entry: FeedEntry, verbose = false): string {
  const text = feedLine(entry, { verbose });
  return text.replace(/^\d\d:\d\d:\d\d\.678 /, '');
}
const process = (event: ProcessEvent, job?: string): FeedEntry => ({
  at,
  ...(job !== undefined && { job, instance: '' }),
  type: 'process',
  event,
});

/** The documented form (docs/events.md): a change of any of these lines breaks somebody's script. */
const EVENTS: readonly (readonly [ProcessEvent, string])[] = [
  [{ ...origin, type: 'fork', parent: 696, child: 858 }, 'fork: ppid=696 pid=858'],
  [
    { ...origin, type: 'exec', pid: 858, executable: '/usr/sbin/sshd', argv: ['sshd', '-D'] },
    'exec: pid=858 exe=/usr/sbin/sshd args=sshd -D',
  ],
  [{ ...origin, type: 'exec', pid: 858, argv: ['sh', '-c', 'a\nb'] }, 'exec: pid=858 args=sh -c "a\\nb"'],
  [{ ...origin, type: 'exec', pid: 858 }, 'exec: pid=858'],
  [{ ...origin, type: 'sid', pid: 858 }, 'sid: pid=858'],
  [{ ...origin, type: 'uid', pid: 858, real: 33, effective: 0 }, 'uid: pid=858 uid=33 euid=0'],
  [{ ...origin, type: 'gid', pid: 858, real: 33, effective: 0 }, 'gid: pid=858 gid=33 egid=0'],
  [{ ...origin, type: 'comm', pid: 858, comm: 'kworker/u8:2' }, 'comm: pid=858 comm=kworker/u8:2'],
  [{ ...origin, type: 'comm', pid: 858, comm: 'a b=c\n' }, 'comm: pid=858 comm="a b=c\\n"'],
  [{ ...origin, type: 'ptrace', pid: 858, tracer: 9 }, 'ptrace: pid=858 change=attach tracer=9'],
  [
    { ...origin, type: 'ptrace', pid: 858, tracer: 0, formerTracer: 9 },
    'ptrace: pid=858 change=detach tracer=9',
  ],
  [{ ...origin, type: 'ptrace', pid: 858, tracer: 0 }, 'ptrace: pid=858 change=detach'],
  [{ ...origin, type: 'coredump', pid: 858 }, 'coredump: pid=858'],
  [{ ...origin, type: 'exit', pid: 858, status: 3 << 8 }, 'exit: pid=858 status=3'],
  [{ ...origin, type: 'exit', pid: 858, status: 9 }, 'exit: pid=858 signal=KILL'],
  [{ ...origin, type: 'exit', pid: 858, status: 11 | 0x80 }, 'exit: pid=858 signal=SEGV core=yes'],
  [{ ...origin, type: 'exit', pid: 858 }, 'exit: pid=858'],
  [
    {
      ...origin,
      type: 'namespace',
      pid: 858,
      kind: 'net',
      reason: 'setns',
      old: 4026531957,
      new: 4026532142,
    },
    'ns: pid=858 type=net reason=set old_inum=4026531957 inum=4026532142',
  ],
  [{ ...origin, type: 'adopted', pid: 858, formerParent: 696 }, 'adopted: pid=858 former_ppid=696'],
  [
    { ...origin, type: 'adopted', pid: 858, formerParent: 696, newParent: 1 },
    'adopted: pid=858 former_ppid=696 ppid=1',
  ],
  [{ ...origin, type: 'overflow' }, 'overflow: lost=unknown'],
  [{ ...origin, type: 'overflow', lost: 12 }, 'overflow: lost=12'],
];

test('process events have the documented form, in one line each', (t) => {
  for (const [event, text] of EVENTS) t.equal(line(process(event)), text);
  t.end();
});

test('the job comes after the fields of the event, and before its arguments', (t) => {
  t.equal(line(process(EVENTS[0]![0], 'sshd')), 'fork: ppid=696 pid=858 job=sshd');
  t.equal(line(process(EVENTS[1]![0], 'sshd')), 'exec: pid=858 exe=/usr/sbin/sshd job=sshd args=sshd -D');
  t.equal(
    line({ at, job: 'tty', instance: 'tty1', type: 'state', from: 'starting', to: 'running', goal: 'start' }),
    'state: from=starting to=running goal=start job=tty instance=tty1',
  );
  t.end();
});

test('with --verbose the kernel’s order is shown', (t) => {
  t.equal(
    line(process(EVENTS[1]![0], 'sshd'), true),
    'exec: pid=858 exe=/usr/sbin/sshd job=sshd cpu=1 seq=7 time=1234567890 args=sshd -D',
  );
  const perf: ProcessEvent = { type: 'exit', time: 5, cpu: 0, pid: 9 };
  t.equal(line(process(perf), true), 'exit: pid=9 cpu=0 time=5', 'a source that does not number its events');
  t.end();
});

test('what is told of jobs has the same form', (t) => {
  const job = { at, job: 'sshd', instance: '' };
  t.equal(
    line({ ...job, type: 'verdict', verdict: 'hand-off', pid: 1, to: 2, reason: 'it ended' }),
    'hand-off: pid=1 to=2 job=sshd reason=it ended',
  );
  t.equal(
    line({ at, type: 'event', name: 'started', env: ['JOB=a b'] }),
    'event: name=started env="JOB=a b"',
  );
  t.equal(line({ at, type: 'log', level: 'warn', text: 'x y' }), 'log: level=warn text=x y');
  t.equal(line({ at, type: 'missed', count: 3 }), 'missed: count=3');
  t.equal(line({ at, type: 'history', from: at, forgotten: 3 }), `history: from=${at} forgotten=3`);
  t.end();
});
