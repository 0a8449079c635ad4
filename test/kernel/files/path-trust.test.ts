import t from 'tap';
import {
  findPathFault,
  findUnmapped,
  type PathEntry,
  type PathFault,
} from '../../../src/kernel/files/path-trust.js';

const DIRECTORY = 0o040755;
const root = (mode = DIRECTORY, target?: string): PathEntry => of(0, mode, target);
const of = (uid: number, mode = DIRECTORY, target?: string): PathEntry => ({
  uid,
  gid: uid,
  mode,
  ...(target === undefined ? {} : { target }),
});

/** What user 1000 finds at fault with a path among these entries. */
function fault(path: string, entries: Record<string, PathEntry>, isSocket = false): PathFault | undefined {
  const all: Record<string, PathEntry> = { '/': root(), '/run': root(), '/tmp': root(0o041777), ...entries };
  return findPathFault(path, { users: [0, 1000], groups: [0, 1000], isSocket, look: (at) => all[at] });
}

t.test('a path of root and of the user is not at fault', (t) => {
  t.equal(fault('/run/foster/s', { '/run/foster': root(), '/run/foster/s': root(0o100644) }), undefined);
  t.equal(fault('/run/user/s', { '/run/user': of(1000), '/run/user/s': of(1000, 0o100664) }), undefined);
  t.equal(fault('/tmp/own', { '/tmp/own': of(1000) }), undefined, 'in /tmp only its owner can replace it');
  t.equal(fault('/run/nothing/s', {}), undefined, 'nothing is there');
  t.end();
});

t.test('whatever another user owns on the way is a fault', (t) => {
  t.same(fault('/tmp/foster-1000/s', { '/tmp/foster-1000': of(666), '/tmp/foster-1000/s': of(1000) }), {
    path: '/tmp/foster-1000',
    reason: 'belongs to user 666',
    remedy: 'chown 0 /tmp/foster-1000',
  });
  t.match(fault('/run/d/s', { '/run/d': of(1000), '/run/d/s': of(666) }), { path: '/run/d/s' });
  t.match(fault('/run/d/e/s', { '/run/d': of(666), '/run/d/e': root(), '/run/d/e/s': root() }), {
    path: '/run/d',
  });
  t.end();
});

t.test('a directory, or a file, that others can write is a fault, and a socket is for everybody', (t) => {
  const entries = (directory: number, file: number) => ({
    '/run/d': root(directory),
    '/run/d/s': root(file),
  });
  t.match(fault('/run/d/s', entries(0o040777, 0o100600)), {
    path: '/run/d',
    reason: 'is writable by everyone',
  });
  t.match(fault('/run/d/s', entries(0o040755, 0o100666)), { path: '/run/d/s', remedy: 'chmod o-w /run/d/s' });
  t.equal(fault('/run/d/s', entries(0o040755, 0o140666), true), undefined);
  t.equal(fault('/run/d/s', entries(0o041777, 0o140666), true), undefined, 'the sticky bit is on');
  t.end();
});

t.test('a group other than those that are trusted is everybody', (t) => {
  const group = (gid: number) => ({
    '/run/d': { uid: 1000, gid, mode: 0o040775 },
    '/run/d/s': of(1000, 0o100600),
  });
  t.match(fault('/run/d/s', group(27)), { path: '/run/d', reason: 'is writable by group 27' });
  t.equal(fault('/run/d/s', group(1000)), undefined);
  t.equal(fault('/run/d/s', group(0)), undefined);
  t.end();
});

t.test('a volume that everybody can write is no fault, if what is in it is ours', (t) => {
  const volume = { '/run': root(0o040777), '/run/foster/s': root(0o140666) };
  t.equal(fault('/run/foster/s', { ...volume, '/run/foster': root() }, true), undefined);
  t.match(fault('/run/foster/s', { ...volume, '/run/foster': of(666) }, true), { path: '/run/foster' });
  t.end();
});

t.test('links are followed: who owns one says where it leads', (t) => {
  const to = (link: PathEntry) => ({
    '/tmp/link': link,
    '/run/d': root(),
    '/run/d/s': root(0o140666),
    '/tmp/bad': of(666),
    '/tmp/bad/s': of(666),
  });
  t.equal(
    fault('/tmp/link/s', { ...to(root(0o120777, '/run/d')), '/tmp/link/s': root(0o140666) }, true),
    undefined,
  );
  t.match(fault('/tmp/link/s', to(of(666, 0o120777, '/run/d')), true), { path: '/tmp/link' });
  t.match(fault('/tmp/link', to(root(0o120777, 'bad'))), { path: '/tmp/bad' });
  t.match(fault('/tmp/link', { '/tmp/link': root(0o120777, 'link') }), { reason: 'is a link in a circle' });
  t.end();
});

t.test('in a user namespace, whom it does not know is nobody in it', (t) => {
  t.equal(findUnmapped('65534\n', '         0       1000          1\n'), 65534);
  t.equal(findUnmapped('65534\n', '0 1000 1\n1 100000 65536\n'), undefined, 'it has a user of that number');
  t.equal(
    findUnmapped('65534\n', '         0          0 4294967295\n'),
    undefined,
    'the first namespace has all',
  );
  t.equal(findUnmapped('', ''), undefined, 'nothing can be known');
  t.end();
});
