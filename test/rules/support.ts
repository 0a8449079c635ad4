/** Users, groups and hierarchies for tests of rules. */
import type { CgroupHierarchy } from '../../src/kernel/cgroup/layout.js';
import type { UserDatabase } from '../../src/kernel/users/users.js';
import { parseRules } from '../../src/rules/parse.js';
import type { Hierarchies } from '../../src/rules/placement.js';
import type { Rule } from '../../src/rules/rule.js';
import { Accounts } from '../../src/rules/accounts.js';
import type { Subject } from '../../src/rules/subject.js';

const user = (name: string, uid: number) => ({ name, uid, gid: uid, home: '/', shell: '/bin/sh' });

export const DATABASE: UserDatabase = {
  users: [user('root', 0), user('ann', 1001), user('bob', 1002), user('cyd', 1003)],
  groups: [
    { name: 'ann', gid: 1001, members: [] },
    { name: 'students', gid: 2001, members: ['bob', 'cyd'] },
  ],
};

/** The files alone. */
const ACCOUNTS = new Accounts({
  readFiles: () => DATABASE,
  getent: undefined,
  now: () => 0,
  ready: () => undefined,
  log: () => undefined,
});
ACCOUNTS.refresh();

export const NAMES = ACCOUNTS.names;

export function hierarchy(version: 1 | 2, ...controllers: string[]): CgroupHierarchy {
  const point = `/cg/${version === 2 ? 'unified' : controllers.join(',')}`;
  return { version, controllers, point, root: '/', own: point, readOnly: false };
}

export const HYBRID: Hierarchies = {
  all: [
    hierarchy(1, 'cpu'),
    hierarchy(1, 'memory'),
    hierarchy(1, 'pids'),
    hierarchy(1, 'name=systemd'),
    hierarchy(2),
  ],
  unified: new Set(),
};

export const UNIFIED: Hierarchies = { all: [hierarchy(2)], unified: new Set(['cpu', 'memory']) };

/** @throws when something in the text is wrong */
export function rules(text: string): readonly Rule[] {
  const parsed = parseRules(text, 'rules', DATABASE);
  if (parsed.errors.length > 0) throw new Error(JSON.stringify(parsed.errors));
  return parsed.rules;
}

export function subject(uid: number, name: string, fields: Partial<Subject> = {}): Subject {
  return { pid: 77, uid, gid: uid, name, ...fields };
}
