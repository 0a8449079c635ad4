/** What programs do that make and enter namespaces: every change is told once, with the numbers that /proc has. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test, type Test } from 'tap';
import { namespacesOf, type NamespaceKind } from '../../src/kernel/proc/namespace.js';
import type { FeedEntry } from '../../src/supervisor/api/feed.js';
import type { ProcessEvent } from '../../src/tracker/events.js';
import { containerConfig } from '../container/support/bundle.js';
import { CONNECTOR, scratch, skipUnless } from '../helpers/process-events.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

type Numbers = Map<NamespaceKind, number>;

/** Follows each process from the supervisor's namespaces on, change by change. */
class Story {
  readonly #numbers = new Map<number, Numbers>();
  /** changes that do not begin where the one before has ended, or that change nothing */
  readonly wrong: string[] = [];
  readonly changes: { readonly pid: number; readonly kind: NamespaceKind; readonly reason: string }[] = [];

  constructor(private readonly supervisor: number) {}

  of(pid: number): Numbers {
    const known = this.#numbers.get(pid) ?? new Map(namespacesOf(this.supervisor));
    this.#numbers.set(pid, known);
    return known;
  }

  take(event: ProcessEvent): void {
    if (event.type === 'fork') this.#numbers.set(event.child, new Map(this.of(event.parent)));
    if (event.type !== 'namespace') return;
    const { pid, kind, old, new: inode, reason } = event;
    const before = this.of(pid).get(kind);
    if (old !== before || inode === before)
      this.wrong.push(`${pid} ${kind}: from ${old} to ${inode}, it was in ${before}`);
    this.of(pid).set(kind, inode);
    this.changes.push({ pid, kind, reason });
  }
}

/** The number of seconds that the last program sleeps, by which it is found: unlike those of every other test. */
let seconds = 7_000_000 + (process.pid % 10_000) * 100;

interface Told {
  readonly story: Story;
  readonly pid: number;
  /** `KIND REASON` of the process that sleeps at last, and of those before it */
  readonly changes: readonly string[];
}

/**
 * Runs a job whose last program is the sleep, and follows what is told of it.
 * @param script of the job; SLEEP in it is the last program
 */
async function told(t: Test, script: string): Promise<Told> {
  const time = String(++seconds);
  const job = ['console none', 'kill timeout 1', 'kill mode lineage', 'script', script, 'end script'];
  const text = `${job.join('\n').replaceAll('SLEEP', `sleep ${time}`)}\n`;
  const supervisor = await Supervisor.start(t, { 'spaces.conf': text }, { args: CONNECTOR });
  const entries = await supervisor.follow(t, '?job=spaces');
  await supervisor.cli('start', 'spaces');
  const pid = await until('the last program', () => sleeperOf(entries, time));
  // whatever is told of a process that is there already has been told by the time that another one is
  await supervisor.cli('stop', 'spaces', '--no-wait');
  await until('its end', () => entries.some((entry) => isExit(entry, pid)));
  const story = new Story(supervisor.pid);
  for (const entry of entries) if (entry.type === 'process') story.take(entry.event);
  return { story, pid, changes: story.changes.map(({ kind, reason }) => `${kind} ${reason}`) };
}

/** Numbers of /proc, read while it sleeps. */
const numbers = new Map<number, ReadonlyMap<NamespaceKind, number>>();

function sleeperOf(entries: readonly FeedEntry[], time: string): number | undefined {
  for (const entry of entries) {
    if (entry.type !== 'process' || entry.event.type !== 'exec') continue;
    const { argv, pid } = entry.event;
    if (argv?.length !== 2 || argv[0] !== 'sleep' || argv[1] !== time) continue;
    numbers.set(pid, namespacesOf(pid));
    return pid;
  }
  return undefined;
}

function isExit(entry: FeedEntry, pid: number): boolean {
  return entry.type === 'process' && entry.event.type === 'exit' && entry.event.pid === pid;
}

/** The story ends where /proc says that the process is, in each of the eight kinds. */
function assertTrue(t: Test, { story, pid }: Told): void {
  t.same(story.wrong, [], 'each change begins where the one before has ended');
  const [shown, known] = [numbers.get(pid)!, story.of(pid)];
  t.ok(shown.size >= 7, 'all are read');
  for (const [kind, inode] of shown) t.equal(known.get(kind), inode, `${kind}:[${inode}]`);
}

test('unshare, with a fork for the namespace of pids', { skip: skipUnless('unshare') }, async (t) => {
  const flags = '--mount --uts --ipc --net --cgroup --pid --time --fork';
  const outcome = await told(t, `exec unshare ${flags} SLEEP`);
  assertTrue(t, outcome);
  t.same(
    [...outcome.changes].sort(),
    ['cgroup unshare', 'ipc unshare', 'mnt unshare', 'net unshare', 'pid clone', 'time clone', 'uts unshare'],
    'each once, and nothing else',
  );
});

test('unshare --user', { skip: skipUnless('unshare') }, async (t) => {
  const outcome = await told(t, 'exec unshare --user --map-root-user SLEEP');
  assertTrue(t, outcome);
  t.same(outcome.changes, ['user unshare']);
});

test('nsenter', { skip: skipUnless('unshare', 'nsenter') }, async (t) => {
  const script = [
    'unshare --net --uts --ipc sleep 7654321 &',
    'until [ "$(readlink /proc/$!/exe)" = "$(readlink -f /usr/bin/sleep)" ]; do sleep 0.05; done',
    'exec nsenter --target $! --net --uts --ipc SLEEP',
  ];
  const outcome = await told(t, script.join('\n'));
  assertTrue(t, outcome);
  const own = outcome.story.changes.filter(({ pid }) => pid === outcome.pid);
  t.same(own.map(({ kind, reason }) => `${kind} ${reason}`).sort(), ['ipc setns', 'net setns', 'uts setns']);
  t.equal(outcome.changes.length, 6, 'three were made, three entered');
});

test('ip netns exec', { skip: skipUnless('ip') }, async (t) => {
  const name = `foster-test-${process.pid}`;
  t.equal(spawnSync('ip', ['netns', 'add', name]).status, 0);
  t.teardown(() => void spawnSync('ip', ['netns', 'delete', name]));
  const outcome = await told(t, `exec ip netns exec ${name} SLEEP`);
  assertTrue(t, outcome);
  // it mounts a /sys for the namespace, for which it makes one of mounts
  t.same([...outcome.changes].sort(), ['mnt unshare', 'net setns']);
});

test('bwrap', { skip: skipUnless('bwrap') }, async (t) => {
  const flags = '--bind / / --dev /dev --proc /proc --unshare-pid --unshare-net --unshare-uts --unshare-ipc';
  const outcome = await told(t, `exec bwrap ${flags} SLEEP`);
  assertTrue(t, outcome);
  for (const kind of ['pid', 'net', 'uts', 'ipc'])
    t.equal(outcome.changes.filter((change) => change.startsWith(`${kind} `)).length, 1, `${kind} once`);
});

test('runc run', { skip: skipUnless('runc', 'unshare') }, async (t) => {
  const directory = scratch(t);
  const id = basename(directory);
  mkdirSync(join(directory, 'fs'));
  mkdirSync(join(directory, 'state'));
  const runc = ['--root', join(directory, 'state')];
  t.teardown(() => void spawnSync('runc', [...runc, 'delete', '--force', id]));
  const words = ['sleep', String(seconds + 1)];
  const place = { root: 'fs/root', binds: {}, id, env: ['PATH=/usr/bin:/bin'] };
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify(containerConfig(words, place, { seccomp: 'none' })),
  );
  const make = [
    'mount -t tmpfs -o mode=755 container fs',
    'mkdir fs/upper fs/work fs/root',
    'mount -t overlay -o lowerdir=/,upperdir=fs/upper,workdir=fs/work overlay fs/root',
    `exec runc --root state run --bundle . ${id}`,
  ];
  const script = `cd ${directory}\nexec unshare --mount --propagation private sh -ec '${make.join('; ')}'`;
  const outcome = await told(t, script);
  assertTrue(t, outcome);
  const kinds = new Set(
    outcome.story.changes.filter(({ reason }) => reason !== 'setns').map(({ kind }) => kind),
  );
  for (const kind of ['mnt', 'net', 'uts', 'ipc', 'pid'] as const) t.ok(kinds.has(kind), `${kind} was made`);
});
