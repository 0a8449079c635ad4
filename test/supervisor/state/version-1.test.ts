/** State that foster wrote before it had one codec for it is still read: an upgrade loses no job. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { parseHandover } from '../../../src/supervisor/state/handover.js';
import { LaunchRecord } from '../../../src/supervisor/state/launch-record.js';
import type { SavedFile } from '../../../src/supervisor/state/saved-job.js';
import { SavedState } from '../../../src/supervisor/state/saved-state.js';
import { UnsavedWork } from '../../../src/supervisor/state/unsaved-work.js';
import { World } from '../core/support/world.js';

const FILES = new URL('../../../../test/saved-by-version-1/', import.meta.url).pathname;

function copyOf(t: Test, name: string): string {
  const scratch = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(scratch, { recursive: true }));
  cpSync(join(FILES, name), join(scratch, name), { recursive: true });
  return join(scratch, name);
}

function savedFiles(t: Test): readonly SavedFile[] {
  const directory = copyOf(t, 'jobs');
  const [any] = readdirSync(directory);
  const { place } = JSON.parse(readFileSync(join(directory, any!), 'utf8')) as Pick<SavedFile, 'place'>;
  const state = new SavedState({
    directory,
    place,
    now: () => 0,
    snapshot: () => undefined,
    before: () => undefined,
    after: () => undefined,
    unsaved: new UnsavedWork({ path: directory, report: () => undefined }),
    report: () => undefined,
  });
  const { files, damaged } = state.load();
  t.same(damaged, []);
  return files;
}

test('every job of the run directory is taken back as it was', (t) => {
  const world = new World({});
  for (const { core } of savedFiles(t)) world.takesBack(core);
  t.equal(world.status('one'), 'one start/running, process 39');
  t.equal(world.status('daemon'), 'daemon start/running, process 54');
  t.equal(world.status('two'), 'two start/running, process 40');
  t.equal(world.status('stubborn'), 'stubborn stop/killed, process 80');
  t.equal(world.status('delayed'), 'delayed start/post-stop');
  t.equal(world.view('inst (x y)')?.state, 'pre-start');
  t.match(world.view('delayed'), { respawns: 1, lastExit: { status: 7 << 8, pid: 107 } });
  t.match(world.view('one')?.class, { startOn: { kind: 'and' }, respawnDelay: { first: 2, cap: 9 } });
  world.passes(601_000);
  t.match(world.status('delayed'), /^delayed start\/running/, 'its back-off is over in time');
  t.end();
});

test('who created whom and who is main are known again', (t) => {
  const daemon = savedFiles(t).find(({ job }) => job.name === 'daemon')!;
  const { processes, follower } = daemon.lineage;
  const [launcher, main] = processes;
  t.equal(processes.length, 2);
  t.match(launcher, { pid: 53, isDirectChild: true, ended: { status: 0 }, image: { argv: undefined } });
  t.equal(main?.creator, launcher);
  t.equal(main?.launcher, launcher);
  t.equal(main?.session.leader, main);
  t.equal(main?.imageSession, main?.session);
  t.equal(follower?.launcher, launcher);
  t.equal(follower?.main, main);
  t.match(follower, { origin: launcher?.session, expectsHandOff: true, endRequested: false, over: false });
  t.end();
});

test('what was being started is known', (t) => {
  const reports: string[] = [];
  const record = LaunchRecord.open(
    { launches: copyOf(t, 'launches') },
    () => 0,
    (_level, text) => void reports.push(text),
  );
  t.teardown(() => record.close());
  t.same(record.read(), [
    { job: { name: 'cron', instance: '' }, process: 'main', at: 81726350, pid: 4711, gated: false },
    {
      job: { name: 'tty', instance: 'one two' },
      process: 'pre-start',
      at: 81726999,
      pid: undefined,
      gated: false,
    },
  ]);
  t.same(reports, []);
  t.end();
});

test('a foster that is upgraded in place goes on, with the events that are on their way', (t) => {
  const handover = parseHandover(readFileSync(join(FILES, 'handover.json'), 'utf8'));
  t.match(handover, { kind: 'state', lock: 18, socket: 19, terminal: undefined });
  t.match(handover.state, { readiness: { socket: 22 }, activation: [{ fd: 25 }], shutdown: undefined });
  t.equal(handover.state?.jobs[0]?.lineage.processes[0]?.image.argv, undefined, 'which was written as null');
  const world = new World({ starter: 'start on c and d\nstart matches all\nexec x' });
  world.takesBack(handover.state?.core);
  t.equal(world.status('held'), 'held start/starting');
  world.ends('holder', 'main');
  t.match(world.status('held'), /^held start\/running/);
  t.match(world.status('foo'), /^foo start\/post-stop/);
  world.passes(2000);
  t.match(world.status('foo'), /^foo start\/running/);
  world.emit('d');
  t.match(
    world.status('starter'),
    /^starter start\/running/,
    'the half of its start on that had come counts',
  );
  t.end();
});
