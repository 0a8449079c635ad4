import { test } from 'tap';
import type { NamespaceKind } from '../../../src/kernel/proc/namespace.js';
import { NamespaceChanges } from '../../../src/tracker/namespaces/changes.js';

const OWN = { net: 1, mnt: 2, pid: 3 } as const;

/** @param bound namespaces that were there before, though nobody is in them */
function watched(bound: Readonly<Record<string, boolean | undefined>> = {}) {
  const left: string[] = [];
  const changes = new NamespaceChanges({
    own: (kind) => OWN[kind as keyof typeof OWN],
    wasThere: (kind, inode) => {
      const key = `${kind} ${inode}`;
      return key in bound ? bound[key] : false;
    },
    left: (kind, inode) => left.push(`${kind} ${inode}`),
  });
  const at = (net: number, mnt: number): ReadonlyMap<NamespaceKind, number> =>
    new Map([
      ['net', net],
      ['mnt', mnt],
    ]);
  /** what is told of a process, in short */
  const told = (pid: number, net: number, mnt: number) =>
    changes
      .update(pid, at(net, mnt), 7)
      .map(({ kind, old, new: inode, reason }) => [kind, old, inode, reason]);
  return { changes, told, at, left };
}

test('who stays where its creator is has changed nothing', (t) => {
  const { changes, told } = watched();
  changes.forked(10, 11);
  t.same(told(11, 1, 2), []);
  t.same(told(11, 1, 2), [], 'nor when it is told again');
  t.end();
});

test('a child that begins elsewhere has been cloned there; what it does later is not clone', (t) => {
  const { changes, told } = watched();
  changes.forked(10, 11);
  t.same(told(11, 50, 2), [['net', 1, 50, 'clone']]);
  t.same(told(11, 51, 2), [['net', 50, 51, 'unshare']]);
  t.end();
});

test('a namespace in which somebody is has been entered, one in which nobody was has been made', (t) => {
  const { changes, told, at } = watched();
  changes.addProcess(20, at(50, 60));
  changes.addProcess(10, at(1, 2));
  t.same(told(10, 50, 2), [['net', 1, 50, 'setns']]);
  t.same(told(10, 1, 2), [['net', 50, 1, 'setns']], 'back to where foster is');
  t.same(told(10, 51, 61), [
    ['net', 1, 51, 'unshare'],
    ['mnt', 2, 61, 'unshare'],
  ]);
  t.end();
});

test('a namespace that a mount keeps has been entered; where that cannot be told, the reason is unknown', (t) => {
  const { changes, told, at } = watched({ 'net 50': true, 'net 51': undefined });
  changes.addProcess(10, at(1, 2));
  t.same(told(10, 50, 2), [['net', 1, 50, 'setns']]);
  t.same(told(10, 51, 2), [['net', 50, 51, 'unknown']]);
  t.end();
});

test('a number that comes round after everybody has left is another namespace', (t) => {
  const { changes, told, at, left } = watched();
  changes.addProcess(10, at(1, 2));
  told(10, 50, 2);
  changes.forked(10, 11);
  changes.remove(10);
  t.same(left, ['net 1', 'mnt 2'].slice(2), 'the child is still there');
  changes.remove(11);
  t.same(left, ['net 50']);
  changes.addProcess(12, at(1, 2));
  t.same(told(12, 50, 2), [['net', 1, 50, 'unshare']]);
  t.end();
});

test('kinds that are not told of stay as they were', (t) => {
  const { changes, told } = watched();
  changes.forked(10, 11);
  t.same(changes.update(11, new Map([['net', 50]]), 7).length, 1);
  t.same(told(11, 50, 60), [['mnt', 2, 60, 'clone']], 'nothing had been told of it yet');
  t.same(changes.of(11)?.get('net'), 50);
  t.end();
});
