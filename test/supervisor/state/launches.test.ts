/** What a supervisor was starting when it was killed, and what the next one makes of it. */
import { constants } from 'node:os';
import { test } from 'tap';
import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import type { JobRef } from '../../../src/supervisor/core/contract.js';
import { Marks } from '../../../src/tracker/scan/mark.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import type { UnsavedLaunch } from '../../../src/supervisor/state/launch-record.js';
import { Launches } from '../../../src/supervisor/state/launches.js';
import { ProcessIdentities } from '../../../src/supervisor/state/process-identities.js';

const CRON: JobRef = { name: 'cron', instance: '' };
const TTY: JobRef = { name: 'tty', instance: '1' };

interface Rig {
  readonly launches: Launches;
  readonly kernel: FakeKernel;
  readonly tracker: Tracker;
  /** jobs that were saved */
  readonly saved: JobRef[];
  readonly reports: string[];
  /** looks for what was being started of cron */
  readonly find: () => void;
  /** ends what nobody has asked for; some pids may be known as a job's */
  readonly endUnclaimed: (...theirs: readonly number[]) => void;
}

const OWN_UID = process.geteuid?.() ?? 0;
const STRANGER_UID = OWN_UID + 1;
const MARK = new Marks().ofJob('cron\0');

/** A supervisor after one that was killed, and a process table to look at. */
function afterACrash(unsaved: Partial<UnsavedLaunch>, kernel = new FakeKernel()): Rig {
  const tracker = new Tracker(kernel.ownPid, {
    isAlive: ({ pid }) => kernel.proc.isAlive(pid),
    sessionOf: (pid) => kernel.proc.stat(pid)?.session,
    programOf: () => ({ argv: undefined, executable: undefined }),
  });
  const saved: JobRef[] = [];
  const reports: string[] = [];
  const launches = new Launches({
    record: undefined,
    kernel,
    identities: new ProcessIdentities(kernel),
    save: (job) => void saved.push(job),
    launching: () => undefined,
    mayStartUnrecorded: false,
    report: (_level, text) => void reports.push(text),
  });
  launches.loadPending([
    { job: CRON, process: 'main', at: kernel.now(), pid: undefined, gated: false, ...unsaved },
  ]);
  const tracking: Parameters<Launches['find']>[1] = {
    tracker,
    recovery: {
      foundLauncher: (job, pid, born, isGone) => {
        const launcher = tracker.foundLauncher(job, pid, born);
        if (isGone === true) tracker.foundEnded([pid], kernel.now(), born);
        return launcher;
      },
    },
    handles: { hold: ({ pid }) => kernel.processes.openPidfd(pid) },
  };
  return {
    launches,
    kernel,
    tracker,
    saved,
    reports,
    find: () => launches.find(CRON, tracking),
    endUnclaimed: (...theirs) => launches.endUnclaimed((pid) => theirs.includes(pid), tracking),
  };
}

/** Started by foster: the leader of a session, with a mark. */
function spawn(kernel: FakeKernel, mark = MARK, argv: readonly string[] = ['cron']): number {
  const program = kernel.processes.prepare({
    path: '/usr/sbin/cron',
    argv,
    env: ['PATH=/bin', 'FOSTER_JOB=cron', 'FOSTER_INSTANCE='],
    directory: '/',
    newSession: true,
    descriptors: [],
  });
  const pid = program.spawn();
  kernel.uids.set(pid, OWN_UID);
  kernel.realtimeLimits.set(pid, mark);
  return pid;
}

function fork(kernel: FakeKernel, parent: number): number {
  const pid = kernel.table.fork(parent);
  kernel.uids.set(pid, OWN_UID);
  kernel.realtimeLimits.set(pid, kernel.realtimeLimits.get(parent) ?? MARK);
  return pid;
}

const startTimeOf = (kernel: FakeKernel, pid: number): number => kernel.proc.stat(pid)!.startTime;

test('a process whose pid and start time were noted is claimed once, by the start that would repeat it', (t) => {
  const { kernel } = afterACrash({});
  const pid = spawn(kernel);
  const noted = { pid, startTime: startTimeOf(kernel, pid) };
  const { launches, find, tracker, reports } = afterACrash(noted, kernel);
  find();
  t.equal(launches.claim(TTY, 'main'), undefined, 'not by another job');
  t.equal(launches.claim(CRON, 'pre-start'), undefined, 'nor for another process');
  const former = launches.claim(CRON, 'main');
  t.match(former, { pid, isStarted: 'yes' });
  t.equal(former?.launcher, tracker.lineage.get(pid), 'whatever it left behind is of its run');
  t.equal(former?.launcher?.ended, undefined);
  t.equal(launches.claim(CRON, 'main'), undefined);
  t.same(reports, [`cron: keeps process ${pid}, which a killed foster had started as its main`]);
  t.end();
});

test('a start that has left no trace is reported, unless its process would have waited at its gate', (t) => {
  const { find, launches, reports } = afterACrash({});
  find();
  t.equal(launches.claim(CRON, 'main'), undefined);
  t.match(reports, [/^cron: foster was killed while it started main: .*its output may be lost$/]);
  const gated = afterACrash({ gated: true });
  gated.find();
  t.same(gated.reports, []);
  t.end();
});

test('a stranger that has got the pid is not taken for it, with a start time or without', (t) => {
  for (const startTime of [17, undefined]) {
    const { kernel } = afterACrash({});
    kernel.advance(60e9);
    const stranger = spawn(kernel, startTime === undefined ? 12345 : MARK);
    const at = kernel.now();
    const { launches, find } = afterACrash(
      { pid: stranger, at, ...(startTime !== undefined && { startTime }) },
      kernel,
    );
    find();
    const former = launches.claim(CRON, 'main');
    t.ok(former?.launcher?.ended, 'what was started has ended');
    t.equal(former?.launcher?.ended?.notBefore, at, 'nobody knows when');
    t.same(kernel.signals, []);
  }
  t.end();
});

test('without a start time the time of the record has to do, with the mark', (t) => {
  const { kernel } = afterACrash({});
  const pid = spawn(kernel);
  const { launches, find } = afterACrash({ pid }, kernel);
  find();
  t.equal(launches.claim(CRON, 'main')?.launcher?.ended, undefined);
  const late = afterACrash({ pid, at: kernel.now() - 5e9 }, kernel);
  late.find();
  t.ok(late.launches.claim(CRON, 'main')?.launcher?.ended, 'it was created long after the record');
  t.end();
});

test('a hook is no launcher, and no orphan of one; one that has ended is claimed as such', (t) => {
  const { kernel } = afterACrash({});
  const pid = spawn(kernel, new Marks().ofHook('cron\0', 'pre-start'));
  const noted = { pid, startTime: startTimeOf(kernel, pid), process: 'pre-start' } as const;
  const { launches, find, tracker } = afterACrash(noted, kernel);
  find();
  t.ok(tracker.isOther(pid));
  t.match(launches.claim(CRON, 'pre-start'), { pid, launcher: undefined, isAlive: true });
  const gone = afterACrash({ ...noted, startTime: 99 }, kernel);
  gone.find();
  t.match(gone.launches.claim(CRON, 'pre-start'), { pid, isAlive: false });
  t.notOk(gone.tracker.isOther(pid));
  t.end();
});

test('a hook whose pid was not noted is found by a mark of its own', (t) => {
  const { kernel } = afterACrash({});
  spawn(kernel);
  const pid = spawn(kernel, new Marks().ofHook('cron\0', 'post-stop'));
  const { launches, find } = afterACrash({ process: 'post-stop' }, kernel);
  find();
  t.match(launches.claim(CRON, 'post-stop'), { pid, isAlive: true });
  t.end();
});

test('without a noted pid, the leader of a session that bears the mark of the job is meant', (t) => {
  const { launches, find, kernel } = afterACrash({});
  spawn(kernel, new Marks().ofJob('other\0'));
  const main = spawn(kernel);
  fork(kernel, main);
  find();
  t.match(launches.claim(CRON, 'main'), { pid: main, isStarted: 'perhaps' });
  t.end();
});

test('it may have been created long after the record: it is a process that lives', (t) => {
  const kernel = new FakeKernel();
  for (const isNoted of [false, true]) {
    const at = kernel.now();
    kernel.advance(5e9);
    const pid = spawn(kernel);
    const noted = isNoted ? { pid, startTime: startTimeOf(kernel, pid) } : {};
    const { launches, find } = afterACrash({ at, ...noted }, kernel);
    find();
    const launcher = launches.claim(CRON, 'main')?.launcher;
    t.equal(
      launcher?.born,
      at + 5e9,
      'by its own start time, which tells it from a later process with its number',
    );
    kernel.table.exit(pid);
  }
  t.end();
});

test('where that has ended, its oldest descendant is what is left', (t) => {
  const { launches, find, kernel } = afterACrash({});
  const launcher = spawn(kernel);
  const daemon = fork(kernel, launcher);
  fork(kernel, daemon);
  kernel.table.exit(launcher);
  find();
  t.match(launches.claim(CRON, 'main'), { pid: daemon, isStarted: 'no' });
  t.end();
});

test('a noted launcher that has ended stays the launcher: the tracker looks for what it has left', (t) => {
  const { kernel } = afterACrash({});
  const launcher = spawn(kernel);
  const startTime = startTimeOf(kernel, launcher);
  fork(kernel, launcher);
  // whoever is its parent by now has not waited for it
  kernel.table.exit(launcher);
  const again = afterACrash({ pid: launcher, startTime }, kernel);
  again.find();
  const former = again.launches.claim(CRON, 'main');
  t.equal(former?.pid, launcher);
  t.ok(former?.launcher?.ended);
  t.end();
});

test('whose environment names the job, but not its mark, or who has another user’s id, is a stranger', (t) => {
  const { launches, find, kernel } = afterACrash({});
  spawn(kernel, 12345);
  kernel.uids.set(spawn(kernel), STRANGER_UID);
  find();
  t.equal(launches.claim(CRON, 'main'), undefined);
  t.same(kernel.signals, []);
  t.end();
});

test('a process that is older, or known, is none that was just started', (t) => {
  const { launches, find, kernel, tracker } = afterACrash({});
  const unsaved = (): UnsavedLaunch[] => {
    return [{ job: CRON, process: 'main', at: kernel.now(), pid: undefined, gated: false }];
  };
  spawn(kernel);
  kernel.advance(5e9);
  launches.loadPending(unsaved());
  find();
  t.equal(launches.claim(CRON, 'main'), undefined, 'older');
  launches.loadPending(unsaved());
  tracker.startedOther(spawn(kernel));
  find();
  t.equal(launches.claim(CRON, 'main'), undefined, 'known');
  t.end();
});

const GATE = ['/bin/sh', '-c', 'kill -STOP $$; unset PWD; exec "$@"', '/bin/sh', 'cron'];

test('a process before its gate is ended, and started anew, whether or not its pid was noted', (t) => {
  for (const isNoted of [false, true]) {
    const kernel = new FakeKernel();
    const pid = spawn(kernel, MARK, GATE);
    const noted = isNoted ? { pid, startTime: startTimeOf(kernel, pid) } : {};
    const { launches, find } = afterACrash({ gated: true, at: 0, ...noted }, kernel);
    find();
    t.equal(launches.claim(CRON, 'main'), undefined);
    t.same(kernel.signals, [{ pid, signal: constants.signals.SIGKILL }]);
  }
  t.end();
});

test('one that has passed its gate runs its program, and is taken over', (t) => {
  for (const isNoted of [false, true]) {
    const kernel = new FakeKernel();
    const pid = spawn(kernel);
    const noted = isNoted ? { pid, startTime: startTimeOf(kernel, pid) } : {};
    const { launches, find } = afterACrash({ gated: true, at: 0, ...noted }, kernel);
    find();
    t.match(launches.claim(CRON, 'main'), { pid });
    t.same(kernel.signals, []);
  }
  t.end();
});

test('a process with the noted pid and start time, and another inode, is a stranger', (t) => {
  const kernel = new FakeKernel();
  const pid = spawn(kernel);
  kernel.inodes.set(pid, '1002');
  const noted = { pid, startTime: startTimeOf(kernel, pid) };
  const stranger = afterACrash({ ...noted, inode: '1001', at: 0 }, kernel);
  stranger.find();
  t.ok(stranger.launches.claim(CRON, 'main')?.launcher?.ended);
  const same = afterACrash({ ...noted, inode: '1002', at: 0 }, kernel);
  same.find();
  t.equal(same.launches.claim(CRON, 'main')?.launcher?.ended, undefined);
  t.end();
});

test('one that has stopped itself in its program is taken over as it is', (t) => {
  const { kernel } = afterACrash({});
  const pid = spawn(kernel);
  kernel.table.stop(pid, constants.signals.SIGSTOP);
  const { launches, find } = afterACrash({ pid, startTime: startTimeOf(kernel, pid) }, kernel);
  find();
  t.match(launches.claim(CRON, 'main'), { pid, isStarted: 'yes' });
  t.same(kernel.signals, []);
  t.end();
});

test('a hook after which foster went on has succeeded; one that nothing followed has ended somehow', (t) => {
  const { launches, kernel } = afterACrash({});
  const start = (process: UnsavedLaunch['process'], job = CRON): UnsavedLaunch => {
    return { job, process, at: kernel.now(), pid: undefined, gated: false };
  };
  const after = (...starts: readonly UnsavedLaunch[]): unknown => {
    launches.loadPending(starts);
    return launches.endOfHook(CRON, 'pre-start');
  };
  t.equal(after(start('main')), 0);
  t.equal(after(start('pre-start'), start('main')), 0, 'its own start may be in the record, too');
  t.equal(after(), 'ended-while-down');
  t.equal(after(start('main'), start('pre-start')), 'ended-while-down', 'that was the run before');
  t.equal(after(start('post-stop')), 'ended-while-down', 'that comes after a failure, too');
  t.equal(after(start('main', TTY)), 'ended-while-down', 'that was another job');
  t.end();
});

test('what had been saved after all is left alone', (t) => {
  const { find, kernel, endUnclaimed } = afterACrash({});
  const pid = spawn(kernel);
  find();
  endUnclaimed(pid);
  t.same(kernel.signals, []);
  t.end();
});

test('nor is a run that had been saved, whoever is its main by now: the record was about to be emptied', (t) => {
  const { kernel } = afterACrash({});
  const launcher = spawn(kernel);
  const daemon = fork(kernel, launcher);
  const noted = { pid: launcher, startTime: startTimeOf(kernel, launcher) };
  kernel.table.exit(launcher);
  const { find, tracker, launches, endUnclaimed } = afterACrash(noted, kernel);
  const saved = tracker.foundLauncher('cron\0', launcher, kernel.now());
  tracker.observe([{ type: 'fork', parent: launcher, child: daemon, time: kernel.now() }], kernel.now());
  find();
  t.ok(launches.has(CRON, 'main'), 'in the middle of a change it may be asked for');
  t.equal(tracker.lineage.get(launcher), saved, 'it is no other launcher');
  endUnclaimed(daemon + 1);
  t.same(kernel.signals, []);
  t.end();
});

test('what nothing asks for in the end is ended, each process of it by itself', (t) => {
  const { launches, find, kernel, reports, endUnclaimed } = afterACrash({});
  const pid = spawn(kernel);
  find();
  endUnclaimed();
  t.same(kernel.signals, [{ pid, signal: constants.signals.SIGKILL }]);
  t.match(reports, [
    /^cron: killing process \d+, which a killed foster had started as its main: no job needs it$/,
  ]);
  t.equal(launches.claim(CRON, 'main'), undefined);
  t.end();
});

test('what the core wants is saved before a start, unless the next supervisor finds out by itself', (t) => {
  const { launches, saved } = afterACrash({});
  launches.announce(CRON, 'main', true, { gated: false });
  t.same(saved, []);
  launches.announce(TTY, 'main', false, { gated: false });
  t.same(saved, [TTY]);
  t.end();
});
