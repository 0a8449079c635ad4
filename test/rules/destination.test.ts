import t from 'tap';
import { expandDestination, groupPath } from '../../src/rules/destination.js';
import { NAMES, subject } from './support.js';

const expand = (template: string, uid = 1001, name = '/usr/bin/make') =>
  expandDestination(template, subject(uid, name), NAMES);

t.test('templates are what cgrulesengd makes of them, not what its manual page says', (t) => {
  t.equal(expand('%u-%U-%g-%G-%p-%P'), 'ann-1001-ann-1001-/usr/bin/make-77');
  t.equal(expand('%u-%U-%g-%G', 4242), '4242-4242-4242-4242', 'a user without a name');
  t.equal(expand('%p', 1001, ''), '77', 'a process without a name');
  t.end();
});

t.test('a backslash takes the meaning from what follows it', (t) => {
  t.equal(expand('\\%u-%u-%%-%z-\\\\x'), '%u-ann-%%-%z-\\x');
  t.equal(expand('a\\x\\'), 'ax');
  t.end();
});

t.test('a destination never leads out of its hierarchy', (t) => {
  t.equal(groupPath('/students//ann/'), 'students/ann');
  t.equal(groupPath('./a/./b'), 'a/b');
  t.equal(groupPath('a/../../etc'), undefined);
  t.equal(groupPath(expand('%p', 1001, '../../etc')), undefined, 'a process may choose its name');
  t.end();
});
