import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { JobClass, RuntimeDirectory } from '../../../src/jobfile/job-class/job-class.js';
import type { JobRef } from '../../../src/supervisor/core/contract.js';
import { jobOfKey } from '../../../src/tracker/job-key.js';
import type { LaunchRequest } from '../../../src/supervisor/launch/launch-request.js';
import { MadeDirectories } from '../../../src/supervisor/runtime-dirs/made-directories.js';
import { RuntimeDirectories } from '../../../src/supervisor/runtime-dirs/runtime-directories.js';
import { conf } from '../support/job-classes.js';
import { failsWith } from '../support/launch-bench.js';
import { until } from '../../helpers/until.js';

const needsRoot = process.getuid?.() === 0 ? false : 'needs root';
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

interface Place {
  readonly base: string;
  readonly warnings: string[];
  /** a supervisor with what a former one has left */
  readonly supervisor: (...living: readonly JobRef[]) => RuntimeDirectories;
}

/** Runtime directories may be below /tmp. */
function place(t: Test): Place {
  const directory = mkdtempSync('/tmp/foster-runtime-');
  t.teardown(() => rmSync(directory, { recursive: true }));
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  return {
    base: directory,
    warnings,
    supervisor: (...living: readonly JobRef[]) =>
      new RuntimeDirectories({
        made: new MadeDirectories(() => join(directory, 'made'), warn),
        self,
        base: directory,
        living: () => living.map((ref) => ({ ref })),
        warn,
      }),
  };
}

function request(
  dirs: readonly RuntimeDirectory[],
  { job = 'web', env = [], ...stanzas }: Partial<JobClass> & { job?: string; env?: string[] } = {},
): LaunchRequest {
  const jobClass = conf({ runtimeDirs: dirs, ...stanzas });
  return { job: { name: job, instance: '' }, class: jobClass, process: 'main', env };
}

test('a directory is there while the job is, and is gone with what is in it', (t) => {
  const { base, supervisor } = place(t);
  const runtime = supervisor();
  const path = join(base, 'web/sub');
  const { env } = runtime.prepare(request([{ path: 'web/sub' }, { path: join(base, 'two'), mode: '0700' }]));
  t.same(env, [`RUNTIME_DIRECTORY=${path}:${join(base, 'two')}`]);
  t.equal(statSync(path).mode & 0o7777, 0o755);
  t.equal(statSync(join(base, 'two')).mode & 0o7777, 0o700);
  mkdirSync(join(path, 'deep'));
  writeFileSync(join(path, 'deep/file'), '');
  runtime.prepare(request([{ path: 'web/sub' }, { path: join(base, 'two'), mode: '0700' }]));
  t.ok(existsSync(join(path, 'deep/file')), 'a respawn keeps it');
  runtime.jobGone({ name: 'other', instance: '' });
  t.ok(existsSync(path));
  runtime.jobGone({ name: 'web', instance: '' });
  t.notOk(existsSync(path));
  t.same(readdirSync(base).sort(), ['made', 'web'], 'a directory above it stays, as by mkdir -p');
  t.same(readdirSync(join(base, 'made')), []);
  t.end();
});

test('it belongs to the user of the job', { skip: needsRoot }, (t) => {
  const { base, supervisor } = place(t);
  const path = join(base, 'web');
  supervisor().prepare(request([{ path, mode: '0750' }], { setuid: 'nobody', setgid: 'daemon' }));
  const { uid, gid, mode } = statSync(path);
  t.same([uid, gid, mode & 0o7777], [65534, 1, 0o750]);
  t.end();
});

test('jobs that share one keep it until the last of them has ended', (t) => {
  const { base, supervisor } = place(t);
  const runtime = supervisor();
  const path = join(base, 'shared');
  for (const job of ['one', 'two']) runtime.prepare(request([{ path }], { job }));
  runtime.jobGone({ name: 'one', instance: '' });
  t.ok(existsSync(path));
  runtime.jobGone({ name: 'two', instance: '' });
  t.notOk(existsSync(path));
  t.end();
});

test('a foster after a crash knows which ones are its own', async (t) => {
  const { base, supervisor } = place(t);
  const [live, dead] = [join(base, 'live'), join(base, 'dead')];
  const former = supervisor();
  former.prepare(request([{ path: live }], { job: 'live' }));
  former.prepare(request([{ path: dead }], { job: 'dead' }));
  writeFileSync(join(live, 'file'), '');
  const next = supervisor(jobOfKey('live\0'));
  next.start();
  t.ok(existsSync(join(live, 'file')));
  await until('the directory of the job that has ended to be gone', () => !existsSync(dead));
  next.prepare(request([{ path: live }], { job: 'live' }));
  next.jobGone({ name: 'live', instance: '' });
  t.notOk(existsSync(live));
});

test(
  'a directory that foster has not made is used where it is the job’s, and stays',
  { skip: needsRoot },
  (t) => {
    const { base, supervisor } = place(t);
    const runtime = supervisor();
    const path = join(base, 'web');
    mkdirSync(path);
    writeFileSync(join(path, 'precious'), '');
    runtime.prepare(request([{ path }]));
    runtime.jobGone({ name: 'web', instance: '' });
    t.ok(existsSync(join(path, 'precious')));
    failsWith(t, () => runtime.prepare(request([{ path }], { setuid: 'nobody' })), {
      reason: `unable to make runtime directory: ${path} is there already`,
      hint: /belongs to uid 0 and is not empty/,
    });
    t.equal(statSync(path).uid, 0, 'its owner has not changed');
    rmSync(join(path, 'precious'));
    runtime.prepare(request([{ path }], { setuid: 'nobody' }));
    t.equal(statSync(path).uid, 65534, 'an empty one of root is taken over');
    t.end();
  },
);

test('what was put in the place of the directory is not removed', (t) => {
  const { base, supervisor, warnings } = place(t);
  const runtime = supervisor();
  const path = join(base, 'web');
  runtime.prepare(request([{ path }]));
  rmSync(path, { recursive: true });
  mkdirSync(join(base, 'other'));
  writeFileSync(join(base, 'other/precious'), '');
  symlinkSync(join(base, 'other'), path);
  runtime.jobGone({ name: 'web', instance: '' });
  t.ok(existsSync(join(base, 'other/precious')));
  t.same(warnings, []);
  failsWith(t, () => runtime.prepare(request([{ path }])), {
    reason: 'unable to make runtime directory: Not a directory',
  });
  t.end();
});

test('a directory above it that others could replace is refused', { skip: needsRoot }, (t) => {
  const { base, supervisor } = place(t);
  mkdirSync(join(base, 'theirs'));
  chownSync(join(base, 'theirs'), 65534, 65534);
  failsWith(t, () => supervisor().prepare(request([{ path: join(base, 'theirs/web') }])), {
    hint: /theirs belongs to user 65534/,
  });
  t.end();
});

test('variables in the path are replaced, and lead out of nothing', (t) => {
  const { base, supervisor } = place(t);
  const dirs = [{ path: join(base, 'web-$N') }];
  supervisor().prepare(request(dirs, { env: ['N=7'] }));
  t.ok(existsSync(join(base, 'web-7')));
  failsWith(t, () => supervisor().prepare(request(dirs)), { hint: /Unknown parameter: N/ });
  failsWith(t, () => supervisor().prepare(request(dirs, { env: ['N=/../../../etc/x'] })), {
    hint: /^\/etc\/x is not below/,
  });
  t.end();
});
