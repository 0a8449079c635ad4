import t from 'tap';
import { consider, findRule, isCalled } from '../../src/rules/match.js';
import { NAMES, rules, subject } from './support.js';

const facts = (uid: number, inside = false, groups?: ReadonlySet<number>) => ({
  userName: NAMES.user(uid),
  groups,
  isInside: () => inside,
});
const lineOf = (text: string, uid: number, name = '/bin/x', gid = uid): number | undefined =>
  findRule(rules(text), subject(uid, name, { gid }), facts(uid))?.line;

t.test('the first rule that matches counts', (t) => {
  const text = 'ann:cp cpu a\nann cpu b\n@students cpu c\n* cpu d\n';
  t.equal(lineOf(text, 1001, '/bin/cp'), 1);
  t.equal(lineOf(text, 1001, '/bin/mv'), 2);
  t.equal(lineOf(text, 1002), 3);
  t.equal(lineOf(text, 0), 4);
  t.equal(lineOf('ann cpu a\n', 0), undefined);
  t.end();
});

t.test('a group is that of the process, or one whose member the user is by /etc/group', (t) => {
  const text = '@students cpu a\n';
  t.equal(lineOf(text, 1002), 1, 'a member');
  t.equal(lineOf(text, 0, '/bin/x', 2001), 1, 'the effective group');
  t.equal(lineOf(text, 1001), undefined, 'neither');
  t.equal(lineOf(text, 9999), undefined, 'a user without a name');
  t.end();
});

t.test('a group that does not name its members matches whom a login puts into it', (t) => {
  const found = (groups: ReadonlySet<number>) =>
    findRule(rules('@students cpu a\n'), subject(1001, '/bin/x'), facts(1001, false, groups));
  t.ok(found(new Set([27, 2001])));
  t.notOk(found(new Set([27])));
  t.end();
});

t.test('a process goes by the name of its file, or by its whole path, which alone may end in a star', (t) => {
  t.ok(isCalled('cp', '/bin/cp'));
  t.ok(isCalled('/bin/cp', '/bin/cp'));
  t.notOk(isCalled('/usr/bin/cp', '/bin/cp'));
  t.ok(isCalled('/opt/app/*', '/opt/app/bin/server'));
  t.notOk(isCalled('ser*', '/opt/app/bin/server'));
  t.ok(isCalled('kworker*', 'kworker/0:1'), 'a name without a path is compared as it is');
  t.end();
});

t.test('ignore counts only for a process that is in the group, and otherwise the search goes on', (t) => {
  const text = 'ann cpu kept ignore\nann cpu a\n';
  const found = (inside: boolean) =>
    findRule(rules(text), subject(1001, '/bin/x'), facts(1001, inside))?.line;
  t.equal(found(true), 1);
  t.equal(found(false), 2);
  t.end();
});

t.test('every rule is explained up to the one that counts', (t) => {
  const text = 'bob cpu a\nann:cp cpu a\nann cpu a ignore\nann cpu b\n* cpu c\n';
  t.same(
    consider(rules(text), subject(1001, '/bin/mv'), facts(1001)).map(({ rule, verdict }) => [
      rule.line,
      verdict,
    ]),
    [
      [1, 'another user'],
      [2, 'another process'],
      [3, 'not in the ignored group'],
      [4, 'matches'],
    ],
  );
  t.end();
});
