import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import t, { type Test } from 'tap';
import type { CommandAnswer } from '../../src/supervisor/api/requests.js';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { FEED_ENTRIES, publishFeedEntries } from './feed-entries.js';
import { runFoster as run } from './run-foster.js';

const NAMES = ['status', 'error', 'command', 'tree', 'events', 'health', 'version', 'enable'] as const;
type SchemaName = (typeof NAMES)[number];

type Validate = ((value: unknown) => boolean) & { errors?: unknown };
interface Ajv {
  addSchema(schema: object): void;
  addFormat(name: string, format: RegExp): void;
  getSchema(id: string): Validate | undefined;
}
const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as {
  Ajv2020: new (options: object) => Ajv;
};

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
for (const name of NAMES) {
  ajv.addSchema(
    JSON.parse(readFileSync(new URL(`../../../docs/${name}.schema.json`, import.meta.url), 'utf8')) as object,
  );
}

function fits(t: Test, name: SchemaName, value: unknown, message: string): void {
  const validate = ajv.getSchema(`${name}.schema.json`)!;
  t.ok(validate(value), message, { errors: validate.errors });
}

function refuses(t: Test, name: SchemaName, value: unknown, message: string): void {
  t.notOk(ajv.getSchema(`${name}.schema.json`)!(value), message);
}

/** Every field there is: one that is added to the type without the schema fails to compile or to fit. */
const full: Required<JobStatus> = {
  ...runningJob('web', 12),
  exit: { signal: 'KILL', at: '2026-01-02T03:04:05.678Z' },
  waitingFor: 'something',
  respawnAt: '2026-01-02T03:04:05.678Z',
  health: { state: 'healthy', failures: 0, last: { ok: true, text: 'x', at: '2026-01-02T03:04:05.678Z' } },
  failure: 'main process (9) terminated with status 1',
  attached: 'pid file',
  ambiguous: [1, 2],
  unclear: [3],
  statusText: '3 of 7 tables read',
  doing: 'reloading',
  cgroup: {
    paths: ['/sys/fs/cgroup/foster/web'],
    frozen: false,
    usage: {
      memory: 1,
      memoryPeak: 2,
      memoryLimit: null,
      cpu: 3,
      cpuThrottled: 0,
      tasks: 1,
      tasksLimit: 64,
      ioRead: 0,
      ioWritten: 0,
    },
    counts: { oomKills: 0, memoryHigh: 0, memoryMax: 0 },
    problems: ['the controller rdma is not there'],
  },
  traced: [{ pid: 12, tracer: 99, tracerName: 'strace' }],
  coreDump: { pid: 11, at: '2026-01-02T03:04:05.678Z' },
  description: 'a job',
  nextStart: '2026-01-02T03:04:00.000Z',
  manual: true,
  copies: { count: 6, first: 1, inFile: 4 },
  file: {
    path: '/etc/foster/web.ini',
    override: '/etc/foster/web.override',
    state: 'broken',
    error: 'x:1: y',
  },
  mainSince: '2026-01-02T03:04:05.678Z',
  history: {
    started: { at: '2026-01-02T03:04:05.678Z', kind: 'command', verb: 'restart', by: 1000 },
    stopped: { at: '2026-01-02T03:04:05.678Z', kind: 'events', events: ['runlevel RUNLEVEL=6'] },
    mains: [
      {
        pid: 9,
        since: '2026-01-02T03:04:05.678Z',
        at: '2026-01-02T03:04:05.678Z',
        signal: 'KILL',
        sequel: 'respawned',
      },
    ],
  },
};

t.test('status --json and list --json', async (t) => {
  const served = await serve(t);
  const exit = { status: 1, at: '2026-01-02T03:04:05.678Z' };
  const unknown = { unknown: 'ended-while-down', at: exit.at } as const;
  served.api.statuses = [full, jobStatus('x', { exit }), jobStatus('y', { exit: unknown })];
  for (const args of [
    ['status', 'web'],
    ['status', 'x'],
    ['status', 'y'],
    ['status'],
    ['status', 'nosuch'],
  ]) {
    fits(t, 'status', JSON.parse((await run(served, [...args, '--json'])).out), args.join(' '));
  }
  const usage = { name: 'web', instance: '', cpu: 1, memory: 2, tasks: 3 };
  served.api.usages = [
    { ...usage, source: 'cgroup', memoryLimit: null, ioRead: null, ioWritten: null, frozen: false },
  ];
  const listed = JSON.parse((await run(served, ['list', '--json'])).out) as object[];
  fits(t, 'status', listed, 'list');
  t.match(listed[0], { condition: 'running', reason: String, usage: { cpu: 1, memory: 2, tasks: 3 } });
  refuses(t, 'status', [{ ...listed[0], condition: 'walking' }], 'an unknown condition');
  refuses(t, 'status', { ...full, state: 'walking' }, 'an unknown state');
  refuses(t, 'status', { ...full, surprise: 1 }, 'an unknown field');
});

t.test('start --json', async (t) => {
  const served = await serve(t);
  const done: CommandAnswer = {
    outcome: { ok: true, job: { name: 'web', instance: '' }, detail: 'x' },
    status: full,
    output: [],
  };
  const failed: CommandAnswer = {
    outcome: failure('job-failed', 'Job failed to start'),
    status: null,
    output: ['a'],
  };
  served.api.onCommand = ({ name }) => (name === 'bad' ? failed : done);
  for (const names of [['web'], ['bad'], ['web', 'bad']]) {
    fits(t, 'command', JSON.parse((await run(served, ['start', ...names, '--json'])).out), names.join(' '));
  }
  refuses(t, 'command', { ...done, outcome: { ok: false } }, 'a failure without a message');
});

t.test('enable --json and disable --json', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('a'), jobStatus('b')];
  for (const args of [
    ['enable', 'a'],
    ['disable', 'a'],
    ['disable', '*'],
    ['disable', 'a', 'nosuch'],
  ]) {
    fits(t, 'enable', JSON.parse((await run(served, [...args, '--json'])).out), args.join(' '));
  }
});

t.test('tree --json', async (t) => {
  const served = await serve(t);
  served.api.statuses = [full];
  const leaf = { pid: 13, role: 'member' as const, command: 'w', session: 4, children: [] };
  served.api.trees = [{ status: full, roots: [{ ...leaf, role: 'main', children: [leaf] }] }];
  fits(t, 'tree', JSON.parse((await run(served, ['tree', 'web', '--json'])).out), 'tree');
});

t.test('events --json', async (t) => {
  const served = await serve(t);
  publishFeedEntries(served);
  const lines = (await run(served, ['events', '--all-processes', '--json'])).out.trimEnd().split('\n');
  t.equal(lines.length, FEED_ENTRIES.length);
  for (const line of lines) fits(t, 'events', JSON.parse(line), line);
});

t.test('health --json, version --json and errors', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('bad', { failure: 'it failed' })];
  fits(t, 'health', JSON.parse((await run(served, ['health', '--json', '--level', 'ready'])).out), 'health');
  fits(t, 'version', JSON.parse((await run(served, ['version', '--json'])).out), 'version');
  fits(
    t,
    'version',
    JSON.parse((await run(served, ['version', '--client', '--json'])).out),
    'version of the client',
  );
  fits(t, 'error', JSON.parse((await run(served, ['status', 'nosuch', '--json'])).out), 'error');
});
