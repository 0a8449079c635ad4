import t from 'tap';
import type { Getent, GetentAnswer } from '../../src/kernel/users/getent.js';
import { Accounts } from '../../src/rules/accounts.js';
import { until } from '../helpers/until.js';
import { DATABASE } from './support.js';

const ANSWERS: Readonly<Record<string, string>> = {
  'passwd dora': 'dora:*:9001:9100::/home/dora:/bin/sh\n',
  'passwd 9001': 'dora:*:9001:9100::/home/dora:/bin/sh\n',
  'group staff': 'staff:*:9100:\n',
  'group 9100': 'staff:*:9100:\n',
  'initgroups dora': 'dora                  9200 9300\n',
  'initgroups ann': 'ann                   9300\n',
};

/** A name service, and what it was asked. */
class Service {
  readonly asked: string[] = [];
  readonly said: string[] = [];
  readonly ready: number[] = [];
  now = 0;
  answer: (key: string) => GetentAnswer = (key) => ({ ok: true, text: ANSWERS[key] ?? '' });
  readonly #getent: Getent = (database, keys) => {
    this.asked.push(`${database} ${keys.join(' ')}`);
    const answers = keys.map((key) => this.answer(`${database} ${key}`));
    const failed = answers.find((answer) => !answer.ok);
    const text = answers.map((answer) => (answer.ok ? answer.text : '')).join('');
    return Promise.resolve(failed ?? { ok: true, text });
  };
  readonly accounts = new Accounts({
    readFiles: () => DATABASE,
    getent: this.#getent,
    now: () => this.now,
    ready: (pids) => this.ready.push(...pids),
    log: (text) => this.said.push(text),
  });

  constructor(groups = false) {
    this.accounts.refresh();
    this.accounts.expect({ names: true, groups });
  }
}

t.test('names that rules use and the files do not have are asked for at once', async (t) => {
  const { accounts, asked } = new Service();
  const found = await accounts.find([
    { kind: 'user', name: 'dora' },
    { kind: 'user', name: 'nobody-at-all' },
    { kind: 'group', name: 'staff' },
    { kind: 'user', name: 'dora' },
  ]);
  t.equal(found, true);
  t.same(asked, ['passwd dora nobody-at-all', 'group staff']);
  t.match(
    accounts.database.users.find(({ name }) => name === 'dora'),
    { uid: 9001 },
  );
  t.match(
    accounts.database.groups.find(({ name }) => name === 'staff'),
    { gid: 9100 },
  );
  t.equal(await accounts.find([{ kind: 'group', name: 'none' }]), false);
});

t.test('a process of an unknown user waits for the answer, once', async (t) => {
  const service = new Service();
  const { accounts, asked, ready } = service;
  t.equal(accounts.isReady(1, 1001, 1001), true, 'the files have it');
  for (const pid of [7, 8]) t.equal(accounts.isReady(pid, 9001, 9100), false);
  t.ok(accounts.isWaiting(7));
  await until('the answer', () => ready.length === 2);
  t.notOk(accounts.isWaiting(7));
  t.same(asked, ['passwd 9001', 'group 9100']);
  t.same(ready, [7, 8]);
  t.same([accounts.names.user(9001), accounts.names.group(9100)], ['dora', 'staff']);
  t.equal(accounts.isReady(9, 9001, 9100), true);
  service.now = 3_600_000;
  t.equal(accounts.isReady(9, 9001, 9100), false, 'an answer does not hold for ever');
  await until('the second answer', () => ready.length === 3);
});

t.test('who is found nowhere has no name, and is not asked for with each process', async (t) => {
  const { accounts, ready } = new Service();
  accounts.isReady(7, 70001, 1001);
  await until('the answer', () => ready.length === 1);
  t.equal(accounts.names.user(70001), undefined);
  t.equal(accounts.isReady(8, 70001, 1001), true);
});

t.test('where a rule is about a group, the groups of a login are asked for', async (t) => {
  const { accounts, asked, ready } = new Service(true);
  t.equal(accounts.isReady(7, 9001, 1001), false);
  t.equal(accounts.isReady(8, 1001, 1001), false, 'of a user of /etc/passwd, too');
  await until('the answer', () => ready.length === 2);
  t.same(asked, ['passwd 9001', 'initgroups dora ann']);
  t.same([...accounts.groupsOf(9001)!], [9200, 9300]);
  t.same([...accounts.groupsOf(1001)!], [9300]);
});

t.test('a service that does not answer is told of, and holds nothing up for long', async (t) => {
  const service = new Service();
  service.answer = () => ({ ok: false, reason: 'getent passwd: no answer within 5 s' });
  const { accounts, ready, said } = service;
  accounts.isReady(7, 9001, 1001);
  await until('the end of it', () => ready.length === 1);
  t.equal(accounts.names.user(9001), undefined);
  t.match(said[0], /^getent passwd: no answer within 5 s: users and groups that are not in \/etc/);
  t.equal(accounts.isReady(8, 9001, 1001), true);
  service.now = 61_000;
  service.answer = (key) => ({ ok: true, text: ANSWERS[key] ?? '' });
  t.equal(accounts.isReady(8, 9001, 1001), false, 'it is asked again after a while');
  await until('the answer', () => ready.length === 2);
  t.equal(accounts.names.user(9001), 'dora');
});

t.test('nothing is asked for that no rule depends on', (t) => {
  const { accounts, asked } = new Service();
  accounts.expect({ names: false, groups: false });
  t.equal(accounts.isReady(7, 9001, 9100), true);
  t.same(asked, []);
  t.end();
});
