/** What a supervisor was starting when it was killed, and what the next one makes of it. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { FakeKernel } from '../../../src/kernel/fake.js';
import type { JobRef } from '../../../src/supervisor/core/contract.js';
import { Tracker } from '../../../src/tracker/tracker.js';
import { LaunchRecord, type UnsavedLaunch } from '../../../src/supervisor/state/launch-record.js';
import { Launches } from '../../../src/supervisor/state/launches.js';

const CRON: JobRef = { name: 'cron', instance: '' };
const TTY: JobRef = { name: 'tty', instance: '1' };

interface RecordFile {
  readonly path: string;
  readonly reports: string[];
  readonly open: () => LaunchRecord;
}

function recordFile(t: Test): RecordFile {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'launches');
  const reports: string[] = [];
  return {
    path,
    reports,
    open: () => {
      const record = LaunchRecord.open(
        { launches: path },
        () => 1e9,
        (_level, text) => void reports.push(text),
      );
      t.teardown(() => record.close());
      return record;
    },
  };
}

test('the record tells the next supervisor what was about to be started, and what had been', (t) => {
  const { open } = recordFile(t);
  const record = open();
  record.before(CRON, 'main');
  record.after(4711, false);
  record.before(TTY, 'pre-start');
  t.same(open().read(), [
    { job: CRON, process: 'main', at: 1e9, pid: 4711, gated: false },
    { job: TTY, process: 'pre-start', at: 1e9, pid: undefined, gated: false },
  ]);
  t.end();
});

test('what is saved elsewhere is in the record no more', (t) => {
  const { path, open } = recordFile(t);
  const record = open();
  record.before(CRON, 'main');
  record.clear();
  t.equal(readFileSync(path, 'utf8'), '');
  record.before(TTY, 'main');
  t.match(open().read(), [{ job: TTY }], 'and it goes on from there');
  t.end();
});

test('a line without an end is one that was not written; any other that is damaged is named, and costs no other start', (t) => {
  const { path, open, reports } = recordFile(t);
  const record = open();
  record.before(CRON, 'main');
  appendFileSync(path, '{"id":17,"jo');
  t.match(record.read(), [{ job: CRON }]);
  t.same(reports, []);
  appendFileSync(path, 'b":4}\nso?\n[]\n{"id":18,"pid":3,"gated":false}\n');
  record.before(TTY, 'main');
  appendFileSync(
    path,
    `${readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .at(-1)!
      .replace(/"job.*/, '"pid":1e300,"gated":true}')}\n`,
  );
  t.match(record.read(), [{ job: CRON }, { job: TTY, pid: undefined }]);
  const problem = (line: number, text: string): RegExp =>
    new RegExp(`^${path}:${line}: this start is not looked for: ${text}`);
  t.match(reports, [
    problem(2, 'job: expected a string, found 4$'),
    problem(3, 'expected JSON, found '),
    problem(4, 'expected an object, found an empty list$'),
    problem(5, 'job: expected a string, found nothing$'),
    problem(7, 'pid: expected a process id from 1 to 4194304, found 1e\\+300$'),
  ]);
  t.end();
});

interface Rig {
  readonly launches: Launches;
  readonly kernel: FakeKernel;
  readonly tracker: Tracker;
  /** jobs that were saved */
  readonly saved: JobRef[];
  readonly reports: string[];
  /** looks for what was being started of cron */
  readonly find: () => void;
}

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
    save: (job) => void saved.push(job),
    launching: () => undefined,
    mayBeginUnsaved: false,
    report: (_level, text) => void reports.push(text),
  });
  launches.takeUp([
    { job: CRON, process: 'main', at: kernel.now(), pid: undefined, gated: false, ...unsaved },
  ]);
  const tracking = {
    tracker,
    foundLauncher: (job: string, pid: number, born: number) => tracker.foundLauncher(job, pid, born),
  };
  return { launches, kernel, tracker, saved, reports, find: () => launches.find(CRON, tracking) };
}

function spawn(kernel: FakeKernel, env: readonly string[]): number {
  const program = kernel.processes.prepare({
    path: '/usr/sbin/cron',
    argv: ['cron'],
    env,
    directory: '/',
    newSession: true,
    descriptors: [],
  });
  return program.spawn();
}

const CRONS = ['PATH=/bin', 'FOSTER_JOB=cron', 'FOSTER_INSTANCE='];

test('a process whose pid was noted is claimed once, by the start that would repeat it', (t) => {
  const { launches, find, tracker, reports } = afterACrash({ pid: 4711 });
  find();
  t.equal(launches.claim(TTY, 'main'), undefined, 'not by another job');
  t.equal(launches.claim(CRON, 'pre-start'), undefined, 'nor for another process');
  const former = launches.claim(CRON, 'main');
  t.equal(former?.pid, 4711);
  t.equal(former?.launcher, tracker.lineage.get(4711), 'whatever it left behind is of its run');
  t.equal(launches.claim(CRON, 'main'), undefined);
  t.same(reports, [
    'cron: process 4711, started as its main by a foster that was killed then, is taken over',
  ]);
  t.end();
});

test('a hook is no launcher, and no orphan of one', (t) => {
  const { launches, find, tracker } = afterACrash({ pid: 4711, process: 'pre-start' });
  find();
  t.ok(tracker.isOther(4711));
  t.same(launches.claim(CRON, 'pre-start'), { pid: 4711, launcher: undefined });
  t.end();
});

test('without a noted pid, the leader of a session that bears the sign of the job is meant', (t) => {
  const { launches, find, kernel } = afterACrash({});
  spawn(kernel, ['PATH=/bin', 'FOSTER_JOB=other', 'FOSTER_INSTANCE=']);
  const main = spawn(kernel, CRONS);
  kernel.table.fork(main);
  find();
  t.match(launches.claim(CRON, 'main'), { pid: main });
  t.end();
});

test('where that has ended, its oldest descendant is what is left', (t) => {
  const { launches, find, kernel } = afterACrash({});
  const launcher = spawn(kernel, CRONS);
  const daemon = kernel.table.fork(launcher);
  kernel.table.fork(daemon);
  kernel.table.exit(launcher);
  find();
  t.match(launches.claim(CRON, 'main'), { pid: daemon });
  t.end();
});

test('that is so, too, where its pid had been noted', (t) => {
  const { kernel } = afterACrash({});
  const launcher = spawn(kernel, CRONS);
  const daemon = kernel.table.fork(launcher);
  // whoever is its parent by now has not waited for it
  kernel.table.exit(launcher);
  const again = afterACrash({ pid: launcher }, kernel);
  again.find();
  t.match(again.launches.claim(CRON, 'main'), { pid: daemon });
  t.end();
});

test('a process that is older, or known, is none that was just started', (t) => {
  const { launches, find, kernel, tracker } = afterACrash({});
  const unsaved = (): UnsavedLaunch[] => {
    return [{ job: CRON, process: 'main', at: kernel.now(), pid: undefined, gated: false }];
  };
  spawn(kernel, CRONS);
  kernel.advance(5e9);
  launches.takeUp(unsaved());
  find();
  t.equal(launches.claim(CRON, 'main'), undefined, 'older');
  launches.takeUp(unsaved());
  tracker.startedOther(spawn(kernel, CRONS));
  find();
  t.equal(launches.claim(CRON, 'main'), undefined, 'known');
  t.end();
});

test('a process that stands before its program is ended, and started anew', (t) => {
  const found = afterACrash({});
  const pid = spawn(found.kernel, CRONS);
  found.kernel.table.stop(pid, constants.signals.SIGSTOP);
  found.find();
  t.equal(found.launches.claim(CRON, 'main'), undefined);
  t.same(found.kernel.signals, [{ pid, signal: constants.signals.SIGKILL }]);
  const noted = afterACrash({ pid: 4711, gated: true });
  noted.find();
  t.equal(noted.launches.claim(CRON, 'main'), undefined);
  t.same(noted.kernel.signals, [], '4711 is no process any more');
  t.end();
});

test('what had been saved after all is left alone', (t) => {
  const { launches, find, kernel } = afterACrash({});
  const pid = spawn(kernel, CRONS);
  find();
  launches.endUnclaimed((one) => one === pid);
  t.same(kernel.signals, []);
  t.end();
});

test('what nothing asks for in the end is ended with its group', (t) => {
  const { launches, find, kernel, reports } = afterACrash({});
  const pid = spawn(kernel, CRONS);
  find();
  launches.endUnclaimed(() => false);
  t.same(kernel.signals, [{ pid: -pid, signal: constants.signals.SIGKILL }]);
  t.match(reports, [/^cron: process \d+, started as its main .* is ended: nothing asks for it$/]);
  t.equal(launches.claim(CRON, 'main'), undefined);
  t.end();
});

test('what the core wants is saved before a start, unless the next supervisor finds out by itself', (t) => {
  const { launches, saved } = afterACrash({});
  launches.before(CRON, 'main', true);
  t.same(saved, []);
  launches.before(TTY, 'main', false);
  t.same(saved, [TTY]);
  t.end();
});
