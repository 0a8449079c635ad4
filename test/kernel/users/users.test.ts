import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';

import { findGroup, findUser, groupsOf, readUserDatabase } from '../../../src/kernel/users/users.js';
import { temporaryDirectory } from '../support.js';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
+nisuser::::::
www-data:x:33:33:www,data:/var/www:

broken:x:abc:1::/:/bin/sh
100:x:1000:1000::/home/100:/bin/sh
`;
const GROUP = `root:x:0:
www-data:x:33:
adm:x:4:syslog,www-data
ssl-cert:x:101:www-data,
again:x:33:www-data
`;

function database(t: { teardown(handler: () => void): void }) {
  const directory = temporaryDirectory(t);
  const [passwd, group] = [join(directory, 'passwd'), join(directory, 'group')];
  writeFileSync(passwd, PASSWD);
  writeFileSync(group, GROUP);
  return readUserDatabase(passwd, group);
}

test('a user is found by name, with a shell even where none is given', (t) => {
  t.strictSame(findUser(database(t), 'www-data'), {
    name: 'www-data',
    uid: 33,
    gid: 33,
    home: '/var/www',
    shell: '/bin/sh',
  });
  t.end();
});

test('a user is found by number, but a name that is a number goes first', (t) => {
  const users = database(t);
  t.equal(findUser(users, '33')?.name, 'www-data');
  t.equal(findUser(users, '100')?.uid, 1000);
  t.equal(findUser(users, '1000')?.name, '100');
  t.end();
});

test('lines that are no entries are passed over', (t) => {
  const users = database(t);
  t.strictSame(
    users.users.map(({ name }) => name),
    ['root', 'www-data', '100'],
  );
  t.equal(findUser(users, 'broken'), undefined);
  t.equal(findUser(users, '+nisuser'), undefined);
  t.end();
});

test('a group is found by name and by number', (t) => {
  t.equal(findGroup(database(t), 'adm')?.gid, 4);
  t.equal(findGroup(database(t), '101')?.name, 'ssl-cert');
  t.equal(findGroup(database(t), 'wheel'), undefined);
  t.end();
});

test('the groups of a user are its own first and each once', (t) => {
  const users = database(t);
  const user = findUser(users, 'www-data');
  t.strictSame(user === undefined ? [] : groupsOf(users, user), [33, 4, 101]);
  t.end();
});

test('a container without these files has no users', (t) => {
  t.strictSame(readUserDatabase('/nonexistent', '/nonexistent'), { users: [], groups: [] });
  t.end();
});

test('the user of this process is in the real files', (t) => {
  const { username, uid, homedir } = userInfo();
  t.match(findUser(readUserDatabase(), username), { uid, home: homedir });
  t.end();
});
