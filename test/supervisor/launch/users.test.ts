import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { identityOf } from '../../../src/supervisor/launch/identity.js';
import { usersIn } from '../../../src/supervisor/launch/users.js';
import { conf } from '../support/job-classes.js';

const ROOT = { uid: 0, gid: 0 };

function users(t: Test): ReturnType<typeof usersIn> {
  const root = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:\nweb:x:33:33::/srv:\n1000:x:7:7:::\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nweb:x:33:\nssl:x:44:web,root\nlog:x:55:web\n');
  return usersIn(root);
}

test('a user has its primary group and its memberships', (t) => {
  t.same(identityOf(conf({ setuid: 'web' }), users(t), ROOT), { uid: 33, gid: 33, groups: [33, 44, 55] });
  t.end();
});

test('setgid replaces the primary group, not the memberships', (t) => {
  const jobClass = conf({ setuid: 'web', setgid: 'ssl' });
  t.same(identityOf(jobClass, users(t), ROOT), { uid: 33, gid: 44, groups: [44, 55] });
  t.same(identityOf(conf({ setgid: 'log' }), users(t), ROOT), { uid: 0, gid: 55, groups: [55, 44] });
  t.end();
});

test('a number means an id, unless somebody is called so', (t) => {
  t.match(identityOf(conf({ setuid: '33' }), users(t), ROOT), { uid: 33 });
  t.match(identityOf(conf({ setuid: '1000' }), users(t), ROOT), { uid: 7 });
  t.match(identityOf(conf({ setgid: '44' }), users(t), ROOT), { gid: 44 });
  t.end();
});

test('without either a job runs as the supervisor', (t) => {
  t.equal(identityOf(conf(), users(t), ROOT), undefined);
  t.end();
});

test('an ordinary user may name itself, which changes nothing', (t) => {
  t.equal(identityOf(conf({ setuid: 'web', setgid: 'web' }), users(t), { uid: 33, gid: 33 }), undefined);
  t.throws(
    () => identityOf(conf({ setuid: 'root' }), users(t), { uid: 33, gid: 33 }),
    /Operation not permitted/,
  );
  t.end();
});

test('a root without passwd file has no users', (t) => {
  t.throws(
    () => identityOf(conf({ setuid: 'web' }), usersIn('/no/such/root'), ROOT),
    /unable to find setuid user web/,
  );
  t.end();
});

test('a number needs no entry: it is an identity of its own, without root’s groups', (t) => {
  t.same(identityOf(conf({ setuid: '61234', setgid: '61235' }), users(t), ROOT), {
    uid: 61234,
    gid: 61235,
    groups: [61235],
  });
  t.same(identityOf(conf({ setuid: '61234' }), users(t), ROOT), { uid: 61234, gid: 61234, groups: [61234] });
  t.match(identityOf(conf({ setgid: '61235' }), users(t), ROOT), { uid: 0, gid: 61235 });
  t.throws(() => identityOf(conf({ setuid: '4294967295' }), users(t), ROOT), /unable to find setuid user/);
  t.end();
});
