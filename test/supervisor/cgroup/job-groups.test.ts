import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import type { CgroupHierarchy, CgroupSetup } from '../../../src/kernel/cgroup/layout.js';
import { createKernel } from '../../../src/kernel/linux.js';
import { GroupCommands } from '../../../src/supervisor/cgroup/group-commands.js';
import { givenGroup, SharedGroupError, turnOn } from '../../../src/supervisor/cgroup/delegation.js';
import { JobGroups } from '../../../src/supervisor/cgroup/job-groups.js';
import type { JobView } from '../../../src/supervisor/core/core.js';
import { jobKey } from '../../../src/tracker/job-key.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';
import type { CgroupSetting } from '../../../src/jobfile/job-class/values.js';
import { conf } from '../support/job-classes.js';

const kernel = createKernel();
const job = { name: 'web', instance: '' };

function jobClass(...cgroup: readonly CgroupSetting[]): JobClass {
  return conf({ name: 'web', cgroup });
}

/** A version 2 that is a directory of files: what is written there can be read again. */
function pretended(t: Test): CgroupHierarchy {
  const point = t.testdir({
    'cgroup.controllers': 'memory pids',
    'cgroup.subtree_control': '',
    'cgroup.procs': '',
  });
  return { version: 2, controllers: [], point, root: '/', own: point, readOnly: false };
}

const clock = { now: 0 };

function groups(setup: CgroupSetup) {
  const said: string[] = [];
  const events: string[][] = [];
  const takenBack: JobView[] = [];
  const made = new JobGroups({
    kernel,
    core: { jobs: () => takenBack, environment: () => [] },
    setup,
    scope: 'foster',
    now: () => clock.now,
    warn: (text) => said.push(text),
    emit: (event, env) => events.push([event, ...env]),
  });
  return { made, said, events, takenBack };
}

t.test('without control groups, or without permission, the job runs without, and one line says so', (t) => {
  const none = groups({ layout: 'none', hierarchies: [] });
  const request = { job, class: jobClass({ controller: 'memory', key: 'memory.max', value: '1M' }), env: [] };
  none.made.enter(process.pid, request);
  none.made.enter(process.pid, request);
  t.same(
    none.said,
    ['web runs without a cgroup: no control groups are mounted here'],
    'once, also for a respawn',
  );
  t.match(none.made.statusOf(job), { paths: [], frozen: false, usage: {}, problems: [String] });

  const directory = mkdtempSync(join(tmpdir(), 'foster-cgroup-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'file'), '');
  // a file where a directory is needed is refused to root, too
  const own = join(directory, 'file');
  const hierarchy: CgroupHierarchy = {
    version: 1,
    controllers: ['memory'],
    point: own,
    root: '/',
    own,
    readOnly: false,
  };
  const refused = groups({ layout: 'v1', hierarchies: [hierarchy] });
  refused.made.enter(process.pid, request);
  t.equal(refused.said.length, 1);
  t.match(
    refused.said[0],
    /^web runs without a cgroup: make the cgroup .*\/file\/foster\/web: mkdir: ENOTDIR/,
  );
  t.end();
});

t.test('only a job with the stanza is held back for it', (t) => {
  const { made } = groups({ layout: 'none', hierarchies: [] });
  t.notOk(made.wants({ class: jobClass() }));
  t.ok(made.wants({ class: jobClass({ controller: '*' }) }));
  made.enter(process.pid, { job, class: jobClass(), env: [] });
  t.equal(made.statusOf(job), undefined);
  t.end();
});

t.test('version 2: controllers are turned on above the groups of jobs', (t) => {
  const { own } = pretended(t);
  mkdirSync(join(own, 'foster'));
  writeFileSync(join(own, 'foster', 'cgroup.subtree_control'), 'pids');
  turnOn(join(own, 'foster'), ['memory', 'pids'], kernel.proc);
  t.equal(readFileSync(join(own, 'cgroup.subtree_control'), 'utf8'), '+memory +pids');
  t.equal(
    readFileSync(join(own, 'foster', 'cgroup.subtree_control'), 'utf8'),
    '+memory',
    'what is on is not asked for again',
  );
  t.end();
});

t.test('memory.high is told of once in ten seconds, with what has come meanwhile', (t) => {
  const hierarchy = pretended(t);
  const { made, events, said, takenBack } = groups({ layout: 'v2', hierarchies: [hierarchy] });
  // only files: there is no kernel that would put a process there
  const directory = join(hierarchy.own, 'foster', 'web');
  mkdirSync(directory, { recursive: true });
  const high = (count: number) =>
    writeFileSync(join(directory, 'memory.events'), `high ${count}\noom_kill 0\n`);
  high(0);
  takenBack.push({ ref: job, class: jobClass({ controller: '*' }), processes: [] } as unknown as JobView);
  made.start();
  const told = (count: number) => {
    high(count);
    made.processEnded(jobKey(job));
    return events.map((event) => event.at(-1));
  };
  clock.now = 1000;
  t.same(told(2), ['COUNT=2']);
  clock.now = 5000;
  t.same(told(5), ['COUNT=2']);
  clock.now = 12_000;
  t.same(told(6), ['COUNT=2', 'COUNT=4']);
  t.same(told(6), ['COUNT=2', 'COUNT=4']);
  t.equal(said.length, 2);
  t.end();
});

t.test('a supervisor that has moved to its residence finds the group that it was given', (t) => {
  t.equal(givenGroup('/sys/fs/cgroup/a/foster/supervisor', 'foster'), '/sys/fs/cgroup/a');
  t.equal(givenGroup('/sys/fs/cgroup/a', 'foster'), '/sys/fs/cgroup/a');
  t.equal(givenGroup('/sys/fs/cgroup/a/other/supervisor', 'foster'), '/sys/fs/cgroup/a/other/supervisor');
  t.ok(new SharedGroupError('x') instanceof Error);
  t.end();
});

t.test('freezing says what stands in its way', (t) => {
  const find = (name: string) =>
    name === 'nosuch'
      ? ({ ok: false, error: 'unknown-job', message: 'Unknown job: nosuch' } as const)
      : name === 'off'
        ? jobStatus('off')
        : runningJob(name, 5);
  const { made } = groups({ layout: 'none', hierarchies: [] });
  const commands = new GroupCommands(made, { find, jobs: () => [] });
  const outcome = (name: string) => commands.freeze(true, name, []).outcome;
  t.match(outcome('nosuch'), { error: 'unknown-job' });
  t.match(outcome('off'), { error: 'not-running', message: 'Job is not running: off' });
  t.match(outcome('web'), { error: 'invalid-argument', message: 'Job has no cgroup: web' });
  t.end();
});
