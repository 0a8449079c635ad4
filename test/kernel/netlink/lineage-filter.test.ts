import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'tap';

import type { ConnectorRecord } from '../../../src/kernel/netlink/connector-messages.js';
import { ConnectorSocket } from '../../../src/kernel/netlink/connector-socket.js';
import type { LineageFilter } from '../../../src/kernel/netlink/lineage-filter.js';
import { SystemError } from '../../../src/kernel/system-error.js';
import { Barrier, end, Lines, openDescriptors, result, shell, start } from '../support.js';

const skip = reason();

/** Why it cannot be tried here; false where it can. */
function reason(): string | false {
  let socket: ConnectorSocket | undefined;
  try {
    socket = ConnectorSocket.open();
    socket.filterByLineage(1);
    return false;
  } catch (error) {
    if (error instanceof SystemError || (error as Error).name === 'NotAcknowledgedError')
      return (error as Error).message;
    throw error;
  } finally {
    socket?.close();
  }
}

interface Teardown {
  teardown(handler: () => void): void;
}

/** A socket that follows nobody yet, and keeps strangers out. */
function filtered(t: Teardown, capacity = 1000) {
  const socket = ConnectorSocket.open();
  t.teardown(() => socket.close());
  const filter = socket.filterByLineage(capacity);
  const read = (): ConnectorRecord[] => {
    const records: ConnectorRecord[] = [];
    socket.read((record) => records.push(record));
    return records;
  };
  filter.passStrangers(false);
  read();
  return { filter, read };
}

/** A shell that is followed before it does anything. `release` lets it go on, and waits for its end. */
function followedShell(t: Teardown, filter: LineageFilter, script: string) {
  const barrier = new Barrier(t);
  const pid = shell(`read -r go <"${barrier.path}"; ${script}`);
  filter.follow(pid);
  const release = async (): Promise<void> => {
    barrier.open();
    await result(pid);
  };
  return { pid, release };
}

const forks = (records: readonly ConnectorRecord[]) => records.filter((record) => record.kind === 'fork');

test('of a storm of strangers nothing comes', { skip }, async (t) => {
  const { read } = filtered(t);
  await result(shell('i=0; while [ $i -lt 100 ]; do (:); i=$((i+1)); done'));
  t.same(read(), []);
});

test(
  'all that is of the lineage comes, to the last generation, and is forgotten with its end',
  { skip },
  async (t) => {
    const { filter, read } = filtered(t);
    const { pid, release } = followedShell(t, filter, '( ( /bin/true; : ); exec /bin/true )');
    await release();
    const records = read();
    const children = new Set([pid]);
    for (const { parent, child } of forks(records)) {
      t.ok(children.has(parent), 'who forks is of the lineage');
      children.add(child);
    }
    t.equal(children.size, 4);
    // the shell's own exec may come, too: posix_spawn returns when the child has left its memory, and the kernel reports the exec after that
    t.equal(records.filter((record) => record.kind === 'exec' && record.pid !== pid).length, 2);
    t.same(
      new Set(records.filter(({ kind }) => kind === 'exit').map((record) => 'pid' in record && record.pid)),
      children,
    );
    for (const child of children)
      if (child !== pid) t.notOk(filter.isFollowed(child), `${child} has left the map`);
  },
);

test('whoever is followed later is followed with all that it forks from then on', { skip }, async (t) => {
  const { filter, read } = filtered(t);
  const barrier = new Barrier(t);
  const lines = new Lines(t);
  const pid = shell(`/bin/true; echo ready >&3; read -r go <"${barrier.path}"; (:)`, {
    descriptors: [lines.writer],
  });
  await lines.next();
  t.same(read(), []);
  filter.follow(pid);
  barrier.open();
  await result(pid);
  t.equal(forks(read()).length, 1);
});

test('strangers come while they are wanted, and the lineage is known afterwards', { skip }, async (t) => {
  const { filter, read } = filtered(t);
  const barrier = new Barrier(t);
  const parent = followedShell(t, filter, `(read -r go <"${barrier.path}"; (:); :) & wait`);
  filter.passStrangers(true);
  const stranger = shell('exit 0');
  await result(stranger);
  t.ok(read().some((record) => record.kind === 'exit' && record.pid === stranger));
  const released = parent.release();
  let child: number | undefined;
  while (child === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    child = forks(read()).find((record) => record.parent === parent.pid)?.child;
  }
  filter.passStrangers(false);
  barrier.open();
  await released;
  t.ok(
    forks(read()).some((record) => record.parent === child),
    'what it forked while all passed is of the lineage',
  );
});

test(
  'a number that comes again is not taken for the process that had it',
  { skip: skip || needsLastPid() },
  async (t) => {
    const { filter, read } = filtered(t);
    for (;;) {
      const former = shell('exit 0');
      await result(former);
      filter.follow(former);
      t.equal(filter.isFollowed(former), true, 'as if its end had not been seen');
      const again = startAs(former);
      await result(again);
      // another process of the machine may have taken the number first: it is a stranger, too
      if (again !== former) continue;
      t.same(read(), []);
      t.equal(filter.isFollowed(former), false);
      return;
    }
  },
);

/** A shell with this number, where nobody else forks in between. */
function startAs(pid: number): number {
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
  return shell('(:)');
}

function needsLastPid(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  return existsSync('/proc/sys/kernel/ns_last_pid') ? false : 'the kernel has no CONFIG_CHECKPOINT_RESTORE';
}

/** Its first thread leaves at once; the other one waits, forks, and ends the process. */
const LEADER_LEAVES = `
import ctypes, os, sys, threading
def go_on():
    while open('/proc/%d/stat' % os.getpid()).read().split()[2] != 'Z': pass
    os.write(3, b'alone\\n')
    open(sys.argv[2]).readline()
    if os.fork() == 0: os._exit(0)
    os.wait()
    os._exit(3)
open(sys.argv[1]).readline()
threading.Thread(target=go_on).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)
`;

test(
  'a process is of the lineage as long as one of its threads lives',
  { skip: skip || (existsSync('/usr/bin/python3') ? false : 'needs python3') },
  async (t) => {
    const { filter, read } = filtered(t);
    const lines = new Lines(t);
    const [first, second] = [new Barrier(t), new Barrier(t)];
    const barrier = new Barrier(t);
    // by a followed shell, so that the kernel has counted its threads from the first on
    const pid = shell(
      `read -r go <"${barrier.path}"; /usr/bin/python3 -c '${LEADER_LEAVES.replaceAll("'", '"')}' "${first.path}" "${second.path}"; :`,
      { descriptors: [lines.writer] },
    );
    filter.follow(pid);
    barrier.open();
    first.open();
    t.equal(await lines.next(), 'alone');
    const python = forks(read()).find((record) => record.parent === pid)!.child;
    t.equal(filter.isFollowed(python), true);
    second.open();
    await result(pid);
    t.equal(forks(read()).filter((record) => record.parent === python).length, 1);
    t.equal(filter.isFollowed(python), false);
  },
);

test(
  'when there is no room for a process, everything passes rather than that anything is lost',
  { skip },
  async (t) => {
    const { filter, read } = filtered(t, 1);
    const { release } = followedShell(t, filter, '( (:); : )');
    t.equal(filter.strangersPass, false);
    await release();
    t.equal(filter.strangersPass, true);
    t.ok(forks(read()).length >= 2, 'the child that found no room, and its own');
    t.equal(filter.follow(process.pid), false, 'the map is full');
    filter.passStrangers(false);
    t.equal(filter.strangersPass, false);
  },
);

test('its descriptors go with the socket', { skip }, (t) => {
  const before = openDescriptors('self');
  const socket = ConnectorSocket.open();
  socket.filterByLineage(10);
  socket.close();
  t.same(openDescriptors('self'), before);
  t.end();
});

test('a process that has ended can be told of: it is as if nobody had been', { skip }, async (t) => {
  const { filter } = filtered(t);
  const pid = start('/bin/true', ['true']);
  await end(pid);
  t.equal(filter.follow(pid), true);
  await result(pid);
});
