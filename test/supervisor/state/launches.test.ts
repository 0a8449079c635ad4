/** What a supervisor was starting when it was killed, and what the next one makes of it. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { FakeKernel } from '../../../src/kernel/fake.js';
import type { JobRef } from '../../../src/supervisor/core/contract.js';
import { SavedStateError } from '../../../src/supervisor/core/snapshot/reader.js';
import { LaunchRecord, type UnsavedLaunch } from '../../../src/supervisor/state/launch-record.js';
import { Launches } from '../../../src/supervisor/state/launches.js';

const CRON: JobRef = { name: 'cron', instance: '' };
const TTY: JobRef = { name: 'tty', instance: '1' };
const NOTHING_KNOWN = {
  lineage: { all: () => new Map().values(), get: () => undefined, launchers: () => new Map().keys() },
  isOther: () => false,
};

function recordFile(t: Test): { readonly path: string; readonly open: () => LaunchRecord } {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'launches');
  return {
    path,
    open: () => {
      const record = LaunchRecord.open(
        path,
        () => 1e9,
        () => undefined,
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

test('a line without an end is one that was not written, and any other is an error that names it', (t) => {
  const { path, open } = recordFile(t);
  const record = open();
  record.before(CRON, 'main');
  appendFileSync(path, '{"id":17,"jo');
  t.match(record.read(), [{ job: CRON }]);
  appendFileSync(path, 'b":4}\n');
  t.throws(() => record.read(), new SavedStateError('line 2.job', 'expected a string, found 4'));
  appendFileSync(path, 'so?\n');
  record.clear();
  appendFileSync(path, 'so?\n');
  t.throws(() => record.read(), /saved state: line 1: /);
  t.end();
});

/** A supervisor after one that was killed, and a process table to look at. */
function afterACrash(unsaved: Partial<UnsavedLaunch>): {
  launches: Launches;
  kernel: FakeKernel;
  saved: JobRef[];
} {
  const kernel = new FakeKernel();
  const saved: JobRef[] = [];
  const launches = new Launches({
    record: undefined,
    kernel,
    save: (job) => void saved.push(job),
    report: () => undefined,
  });
  launches.takeUp([
    { job: CRON, process: 'main', at: kernel.now(), pid: undefined, gated: false, ...unsaved },
  ]);
  return { launches, kernel, saved };
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
  const { launches } = afterACrash({ pid: 4711 });
  t.equal(launches.claim(TTY, 'main', NOTHING_KNOWN), undefined, 'not by another job');
  t.equal(launches.claim(CRON, 'pre-start', NOTHING_KNOWN), undefined, 'nor for another process');
  t.match(launches.claim(CRON, 'main', NOTHING_KNOWN), { pid: 4711 });
  t.equal(launches.claim(CRON, 'main', NOTHING_KNOWN), undefined);
  t.end();
});

test('without a noted pid, the leader of a session that bears the sign of the job is meant', (t) => {
  const { launches, kernel } = afterACrash({});
  spawn(kernel, ['PATH=/bin', 'FOSTER_JOB=other', 'FOSTER_INSTANCE=']);
  const main = spawn(kernel, CRONS);
  kernel.table.fork(main);
  t.match(launches.claim(CRON, 'main', NOTHING_KNOWN), { pid: main });
  t.end();
});

test('where that has ended, its oldest descendant is what is left', (t) => {
  const { launches, kernel } = afterACrash({});
  const launcher = spawn(kernel, CRONS);
  const daemon = kernel.table.fork(launcher);
  kernel.table.fork(daemon);
  kernel.table.exit(launcher);
  t.match(launches.claim(CRON, 'main', NOTHING_KNOWN), { pid: daemon });
  t.end();
});

test('a process that is older, or known, is none that was just started', (t) => {
  const kernel = new FakeKernel();
  const old = spawn(kernel, CRONS);
  kernel.advance(5e9);
  const options = { record: undefined, kernel, save: () => undefined, report: () => undefined };
  const launches = new Launches(options);
  const unsaved = { job: CRON, process: 'main', at: kernel.now(), pid: undefined, gated: false } as const;
  launches.takeUp([unsaved]);
  t.equal(launches.claim(CRON, 'main', NOTHING_KNOWN), undefined, `${old} is older`);
  const hook = spawn(kernel, CRONS);
  launches.takeUp([unsaved]);
  const known = { ...NOTHING_KNOWN, isOther: (pid: number) => pid === hook };
  t.equal(launches.claim(CRON, 'main', known), undefined);
  t.end();
});

test('a process that stands before its program is ended, and started anew', (t) => {
  const { launches, kernel } = afterACrash({ pid: 4711, gated: true });
  t.equal(launches.claim(CRON, 'main', NOTHING_KNOWN), undefined);
  const found = afterACrash({});
  const pid = spawn(found.kernel, CRONS);
  found.kernel.table.stop(pid, constants.signals.SIGSTOP);
  t.equal(found.launches.claim(CRON, 'main', NOTHING_KNOWN), undefined);
  t.same(found.kernel.signals, [{ pid, signal: constants.signals.SIGKILL }]);
  t.same(kernel.signals, [], '4711 is no process any more');
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
