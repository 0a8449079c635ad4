import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { JobRef } from '../../../src/supervisor/core/contract.js';
import { thisBoot, type BootIdentity } from '../../../src/supervisor/state/boot-identity.js';
import type { SavedJob } from '../../../src/supervisor/state/saved-job.js';
import { SavedState, type DamagedJob } from '../../../src/supervisor/state/saved-state.js';
import { UnsavedWork } from '../../../src/supervisor/state/unsaved-work.js';

const FOO: JobRef = { name: 'net/foo', instance: 'a b' };
const PLACE: BootIdentity = { boot: 'boot', pidNamespace: 1, began: 7 };

const saved = (job: JobRef, core: unknown = { goal: 'start' }): SavedJob => ({
  job,
  core,
  lineage: { processes: [], follower: undefined },
  processes: [{ pid: 10, startTime: 99 }],
  gates: [10],
});

interface Rig {
  readonly directory: string;
  readonly reports: string[];
  readonly state: (place?: BootIdentity) => SavedState;
  /** what a snapshot gives; counts how often it was asked */
  jobs: Map<string, SavedJob>;
  snapshots: number;
  /** how often everything that had changed was saved */
  completions: number;
  readonly unsaved: UnsavedWork;
}

function rig(t: Test): Rig {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  let clock = 0;
  const reports: string[] = [];
  const unsaved = new UnsavedWork({
    path: directory,
    report: (_level, text) => void reports.push(text),
  });
  t.teardown(() => unsaved.close());
  const it: Rig = {
    directory,
    reports,
    jobs: new Map([[FOO.name, saved(FOO)]]),
    snapshots: 0,
    completions: 0,
    unsaved,
    state: (place = PLACE) =>
      new SavedState({
        directory,
        place,
        now: () => (clock += 1),
        snapshot: (job) => {
          it.snapshots += 1;
          return it.jobs.get(job.name);
        },
        before: () => undefined,
        after: (isAll) => void (it.completions += isAll ? 1 : 0),
        unsaved: it.unsaved,
        report: (_level, text) => void it.reports.push(text),
      }),
  };
  return it;
}

const mkfifo = (path: string): void => void execFileSync('mkfifo', [path]);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a job that was saved is read back as it was', async (t) => {
  const it = rig(t);
  it.state().jobChanged(FOO);
  await turn();
  t.same(it.state().load(), { files: [{ version: 1, place: PLACE, at: 1, ...saved(FOO) }], damaged: [] });
  const [file] = readdirSync(it.directory);
  t.equal(
    statSync(join(it.directory, file!)).mode & 0o777,
    0o600,
    "its environment is nobody else's business",
  );
});

test('what is written for another job has in it the job whose process is being started', async (t) => {
  const it = rig(t);
  const bar: JobRef = { name: 'bar', instance: '' };
  it.jobs.set('bar', saved(bar));
  const state = it.state();
  state.launching(FOO);
  await turn();
  t.same(it.state().load().files, [], 'of itself it writes nothing: the program that starts comes first');
  state.jobChanged(bar);
  await turn();
  t.same(
    it
      .state()
      .load()
      .files.map(({ job }) => job.name),
    [FOO.name, 'bar'],
    'the record of launches is cleared then, and both are saved',
  );
  t.equal(it.completions, 1);
});

test('changes in one turn of the event loop are written once, and not before it is over', async (t) => {
  const it = rig(t);
  const state = it.state();
  for (let change = 0; change < 5; change += 1) state.jobChanged(FOO);
  t.equal(it.snapshots, 0);
  await turn();
  t.equal(it.snapshots, 1);
  state.jobChanged(FOO);
  state.write();
  t.equal(it.snapshots, 2, 'or at once, when there is no next turn');
  await turn();
  t.equal(it.snapshots, 2);
});

test('one job may be written in the middle of a change, and is written again when that is over', async (t) => {
  const it = rig(t);
  const state = it.state();
  state.jobChanged(FOO);
  state.writeJob(FOO);
  t.same([it.snapshots, it.completions, state.load().files.length], [1, 0, 1]);
  await turn();
  t.same([it.snapshots, it.completions], [2, 1]);
  it.jobs.clear();
  state.writeJob(FOO);
  t.equal(state.load().files.length, 1, 'a job that is no more is not written');
});

test('a job that is gone has no file', async (t) => {
  const it = rig(t);
  const state = it.state();
  state.jobChanged(FOO);
  await turn();
  state.jobChanged(FOO);
  it.jobs.clear();
  state.jobGone(FOO);
  await turn();
  t.same(readdirSync(it.directory), []);
  state.jobChanged(FOO);
  await turn();
  t.same(readdirSync(it.directory), [], 'nor one that has gone before it was written');
});

test('one of which processes are left that have detached themselves keeps its file', (t) => {
  const it = rig(t);
  const state = it.state();
  state.jobGone(FOO);
  t.equal(readdirSync(it.directory).length, 1);
  t.end();
});

test('a file from another boot or another container is forgotten', async (t) => {
  const it = rig(t);
  for (const place of [
    { ...PLACE, boot: 'other' },
    { ...PLACE, pidNamespace: 2 },
    { ...PLACE, began: 8 },
  ]) {
    it.state(place).jobChanged(FOO);
    await turn();
    t.same(it.state().load(), { files: [], damaged: [] });
    t.same(readdirSync(it.directory), []);
  }
  t.equal(it.reports.length, 3);
});

test('a damaged file is set aside with the place and what was expected there, and the others are read', async (t) => {
  const it = rig(t);
  const BAR: JobRef = { name: 'bar', instance: '' };
  it.jobs.set('bar', saved(BAR));
  it.state().jobChanged(BAR);
  await turn();
  const good = readFileSync(join(it.directory, 'bar.json'), 'utf8');
  const bad = [
    [good.slice(0, -5), 'expected JSON, found .*'],
    ['', 'expected JSON, found .*'],
    ['[]', 'expected an object, found an empty list'],
    [good.replace('"version":1', '"version":99'), 'version: expected 1, found 99'],
    [good.replace('"pid":10', '"pid":"x"'), 'processes\\[0\\].pid: expected a process id .*, found "x"'],
    [good.replace('"pid":10', '"pid":4294967297'), 'processes\\[0\\].pid: expected a process id .*'],
    [good.replace('"at":1', '"at":1e999'), 'at: expected a number of milliseconds, found Infinity'],
    [good, 'job: expected the job in the name of the file, found bar'],
    ['['.repeat(100_000), 'expected JSON, found .*'],
  ] as const;
  bad.forEach(([text], index) => writeFileSync(join(it.directory, `bad${index}.json`), text));
  mkdirSync(join(it.directory, 'folder.json'));
  mkdirSync(join(it.directory, 'folder.json', 'in it'));
  symlinkSync('/dev/zero', join(it.directory, 'link.json'));
  mkfifo(join(it.directory, 'fifo.json'));
  writeFileSync(join(it.directory, 'half.json.new'), '{');
  const { files, damaged } = it.state().load();
  t.same(
    files.map(({ job }) => job.name),
    ['bar'],
  );
  t.equal(damaged.length, bad.length + 3);
  for (const [index, [, message]] of bad.entries()) {
    const { job, reason } = damaged.find((one) => one.job?.name === `bad${index}`)!;
    t.same(job, { name: `bad${index}`, instance: '' });
    t.match(
      reason,
      new RegExp(
        `^${it.directory}/bad${index}.json: ${message}; the file was renamed to .*bad${index}.json.corrupt$`,
      ),
    );
  }
  t.match(
    damaged.map(({ reason }) => reason).join('\n'),
    /folder.json is a directory, expected a regular file; the file was renamed/,
  );
  t.same(
    it
      .state()
      .load()
      .files.map(({ job }) => job.name),
    ['bar'],
    'and they are not read again',
  );
  t.notOk(readdirSync(it.directory).includes('half.json.new'));
});

test('what a damaged file says of its processes is told, unless they may be those of another boot', async (t) => {
  const it = rig(t);
  it.state().jobChanged(FOO);
  await turn();
  const [name] = readdirSync(it.directory);
  const path = join(it.directory, name!);
  const good = readFileSync(path, 'utf8');
  const load = (text: string): DamagedJob => {
    writeFileSync(path, text);
    return it.state().load().damaged[0]!;
  };
  t.match(load(good.replace('"gates":[10]', '"gates":7')), {
    job: FOO,
    processes: [{ pid: 10, startTime: 99 }],
  });
  const elsewhere = good.replace('"gates":[10]', '"gates":7').replace('"boot":"boot"', '"boot":"before"');
  t.match(load(elsewhere), { job: FOO, processes: [] });
  t.match(load(good.replace('"gates"', '')), { job: FOO, processes: [] }, 'no JSON says nothing');
  const kept = readdirSync(it.directory);
  t.same(kept, [`${name}.corrupt`, `${name}.corrupt2`, `${name}.corrupt3`], 'no evidence replaces another');
});

test('a directory that cannot be written is reported once', async (t) => {
  const it = rig(t);
  rmSync(it.directory, { recursive: true });
  const state = it.state();
  for (let change = 0; change < 3; change += 1) {
    state.jobChanged(FOO);
    await turn();
  }
  t.match(it.reports, [/ENOENT.*Jobs keep running/]);
  t.equal(it.completions, 0, 'what is not saved anywhere may not be forgotten');
  mkdirSync(it.directory);
  it.unsaved.retry();
  t.match(it.reports, [String, /everything is saved again/]);
  t.match(it.state().load().files, [{ job: FOO }], 'as it is by then');
});

test('a file that cannot be removed now is removed later, unless its job has come back', async (t) => {
  const it = rig(t);
  const state = it.state();
  state.jobChanged(FOO);
  await turn();
  const [file] = readdirSync(it.directory);
  // a directory that is not empty cannot be removed as a file is
  renameSync(join(it.directory, file!), join(it.directory, 'kept'));
  mkdirSync(join(it.directory, file!, 'in-the-way'), { recursive: true });
  it.jobs.clear();
  state.jobGone(FOO);
  t.equal(it.unsaved.isDone, false);
  rmSync(join(it.directory, file!), { recursive: true });
  renameSync(join(it.directory, 'kept'), join(it.directory, file!));
  it.unsaved.retry();
  t.same(readdirSync(it.directory), []);
});

test('this place is the same as long as nothing is rebooted', (t) => {
  t.same(thisBoot(), thisBoot());
  t.match(thisBoot(), { boot: /^[0-9a-f-]{36}$/, pidNamespace: Number, began: Number });
  t.end();
});
