/** The feed of process events, with a real supervisor. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import type { FeedEntry } from '../../src/supervisor/api/feed.js';
import type { JobTree } from '../../src/supervisor/api/process-tree.js';
import type { ProcessEvent } from '../../src/tracker/events.js';
import { CONNECTOR, scratch, skipUnless } from '../helpers/process-events.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

/** Entries that are process events, with their job. */
function processEvents(entries: readonly FeedEntry[]): readonly (ProcessEvent & { readonly job?: string })[] {
  return entries.flatMap((entry) =>
    entry.type === 'process' ? [{ ...entry.event, ...(entry.job !== undefined && { job: entry.job }) }] : [],
  );
}

test(
  'a job’s life is told in the kernel’s order, with arguments, adoption after the exit, and hand-off',
  { skip: skipUnless() },
  async (t) => {
    const supervisor = await Supervisor.start(
      t,
      { 'daemon.conf': "expect daemon\nexec sh -c '(setsid sleep 1000 &) ; exit 0'\n" },
      { args: CONNECTOR },
    );
    const entries = await supervisor.follow(t, '?job=daemon');
    await supervisor.cli('start', 'daemon');
    await until('the hand-off', () =>
      entries.some((entry) => entry.type === 'verdict' && entry.verdict === 'hand-off'),
    );
    const events = processEvents(entries);
    const adopted = events.findIndex(({ type }) => type === 'adopted');
    const before = events[adopted - 1];
    const notice = events[adopted];
    t.match(before, { type: 'exit', status: 0 });
    t.equal(notice?.type === 'adopted' && notice.formerParent, before?.type === 'exit' && before.pid);
    t.ok(events.some((event) => event.type === 'exec' && event.argv?.join(' ') === 'sleep 1000'));
    t.ok(
      events.every(
        ({ time }, index) =>
          index === 0 || time >= events[index - 1]!.time || events[index - 1]!.cpu !== events[index]!.cpu,
      ),
    );
  },
);

for (const tracker of ['connector', 'perf', 'ptrace', 'procfs'] as const) {
  test(
    `a death is followed by the notice of adoption (${tracker})`,
    { skip: skipUnless('sh') },
    async (t) => {
      const supervisor = await Supervisor.start(
        t,
        { 'daemon.conf': "expect daemon\nexec sh -c 'setsid sleep 1000 & sleep 0.2; exit 0'\n" },
        { args: ['--tracker', tracker] },
      );
      const entries = await supervisor.follow(t, '?job=daemon&type=exit&type=adopted&type=main');
      await supervisor.cli('start', 'daemon');
      const { main } = await supervisor.status('daemon');
      const events = processEvents(entries);
      const place = events.findIndex((event) => event.type === 'adopted' && event.pid === main);
      const [launcher] = entries.flatMap((entry) => (entry.type === 'verdict' ? [entry.pid] : []));
      t.match(events.slice(place - 1, place + 1), [
        { type: 'exit', pid: launcher },
        { type: 'adopted', pid: main, formerParent: launcher, newParent: supervisor.pid, job: 'daemon' },
      ]);
    },
  );
}

test(
  '--since tells what has been, in order, and --no-follow ends there',
  { skip: skipUnless() },
  async (t) => {
    const supervisor = await Supervisor.start(t, { 'web.conf': 'exec sleep 1000\n' }, { args: CONNECTOR });
    await supervisor.cli('start', 'web');
    const { main } = await supervisor.status('web');
    const since = ['--since', '1h', '--no-follow', '--job', 'web'];
    const { out, status } = await supervisor.cli('events', ...since, '--all-processes');
    t.equal(status, 0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''));
    const place = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    t.ok(place(/^state: from=waiting to=starting/) < place(/^main: pid=/));
    t.ok(place(new RegExp(`^fork: ppid=${supervisor.pid} pid=${main} job=web$`)) >= 0, out);
    t.ok(place(new RegExp(`^exec: pid=${main} exe=\\S+ job=web args=sleep 1000$`)) >= 0, out);
  },
);

test('--all tells of the whole machine, and of which job a process is', { skip: skipUnless() }, async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.conf': 'exec sleep 1000\n' }, { args: CONNECTOR });
  const entries = await supervisor.follow(t, '?all=true&type=process&type=event');
  await supervisor.client.request('/v1/events', { method: 'POST', body: { event: 'x', wait: false } });
  await until('the feed', () => entries.length > 0);
  const stranger = spawn('/bin/sh', ['-c', 'read line; exit 3']);
  // it lives for as long as it takes to read its arguments
  await until('the start of the stranger', () =>
    processEvents(entries).some((event) => event.type === 'exec' && event.pid === stranger.pid),
  );
  stranger.stdin.end();
  await supervisor.cli('start', 'web');
  const { main } = await supervisor.status('web');
  await until('both', () => {
    const events = processEvents(entries);
    return (
      events.some((event) => event.type === 'exit' && event.pid === stranger.pid) &&
      events.some((event) => event.type === 'exec' && event.pid === main)
    );
  });
  const of = (pid: number | null | undefined) =>
    processEvents(entries).filter((event) => 'pid' in event && event.pid === pid);
  t.match(
    of(stranger.pid).find(({ type }) => type === 'exec'),
    { argv: ['/bin/sh', '-c', 'read line; exit 3'] },
  );
  t.match(
    of(stranger.pid).find(({ type }) => type === 'exit'),
    { status: 3 << 8 },
  );
  t.ok(of(stranger.pid).every(({ job }) => job === undefined));
  t.ok(of(main).every(({ job }) => job === 'web'));
});

test('--all says why it is not to be had', async (t) => {
  const supervisor = await Supervisor.start(t, {}, { args: ['--tracker', 'procfs'] });
  const { err, status } = await supervisor.cli('events', '--all');
  t.match(err, /^foster: The whole machine cannot be seen: the tracker is procfs, not the connector/);
  t.equal(status, 4);
});

/** A process says where it is. */
const SAY = 'for kind in net uts; do readlink /proc/self/ns/$kind; done';

test(
  'changes of namespaces are told once each, with the numbers of /proc',
  { skip: skipUnless('unshare', 'nsenter') },
  async (t) => {
    const directory = scratch(t);
    const supervisor = await Supervisor.start(
      t,
      {
        'spaces.conf': [
          'console none',
          'script',
          `  unshare --net --uts sh -c '${SAY} > ${directory}/new; exec sleep 1000' &`,
          `  while [ ! -s ${directory}/new ]; do sleep 0.05; done`,
          `  exec nsenter --target $! --net sh -c '${SAY} > ${directory}/entered; exec sleep 1000'`,
          'end script',
        ].join('\n'),
      },
      { args: CONNECTOR },
    );
    const entries = await supervisor.follow(t, '?type=namespace');
    await supervisor.cli('start', 'spaces');
    const told = () => processEvents(entries).flatMap((event) => (event.type === 'namespace' ? [event] : []));
    await until('three changes', () => told().length >= 3);
    const read = (file: string) => readFileSync(join(directory, file), 'utf8');
    await until(
      'what they say',
      () => existsSync(join(directory, 'entered')) && read('entered').split('\n').length > 2,
    );
    const own = [ownNamespace('net'), ownNamespace('uts')];
    const [net, uts] = read('new').split('\n').map(numberIn);
    const shown = told().map(({ kind, old, new: inode, reason }) => [kind, old, inode, reason]);
    t.same(shown, [
      ['net', own[0], net, 'unshare'],
      ['uts', own[1], uts, 'unshare'],
      ['net', own[0], net, 'setns'],
    ]);

    const [{ namespaces, roots } = { namespaces: undefined, roots: [] }] = await supervisor.client.request<
      readonly JobTree[]
    >('/v1/jobs/spaces/tree?namespaces=true');
    t.equal(namespaces?.own.net, own[0]);
    t.equal(roots[0]?.namespaces?.net, net);
    const { out } = await supervisor.cli('tree', 'spaces', '--namespaces');
    t.match(out, new RegExp(`container net=${net}( |$)`, 'm'));
    t.match(out, /changes are learned of by perf|changes are learned of by proc/);
  },
);

/** Of this process, and so of the supervisor that it starts. */
function ownNamespace(kind: string): number {
  return numberIn(readlinkSync(`/proc/self/ns/${kind}`));
}

/** The number in `net:[4026531840]` */
function numberIn(link: string): number {
  return Number(/\[(\d+)\]/.exec(link)?.[1]);
}
