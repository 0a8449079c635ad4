/** Which control groups prove whose a process is. The groups are directories of files here. */
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { CgroupHierarchy } from '../../../src/kernel/cgroup/layout.js';
import { FormerGroups } from '../../../src/supervisor/cgroup/former-groups.js';

const KEY = 'web\0';
const OWN_UID = process.geteuid?.() ?? 0;

/** Process 10 is in the group of the job, 11 in one below it, 12 beside it, 13 nowhere. */
function rig(t: Test): { readonly groups: FormerGroups; readonly point: string } {
  const group = (below = {}) => ({ 'cgroup.procs': '', ...below });
  const point = t.testdir({ foster: group({ web: group({ worker: group() }), webmail: group() }) });
  const hierarchy: CgroupHierarchy = {
    version: 2,
    controllers: [],
    point,
    root: '/',
    own: point,
    readOnly: false,
  };
  const paths = new Map([
    [10, '/foster/web'],
    [11, '/foster/web/worker'],
    [12, '/foster/webmail'],
  ]);
  const groupsOf = (pid: number): ReadonlyMap<string, string> | undefined => {
    const path = paths.get(pid);
    return path === undefined ? undefined : new Map([['', path]]);
  };
  const groups = new FormerGroups([hierarchy], { groupsOf, uid: OWN_UID });
  groups.note(KEY, [join(point, 'foster/web')]);
  return { groups, point };
}

test('who is in the group that was saved for the job, or in one below it, is the job’s', (t) => {
  const { groups } = rig(t);
  t.same([10, 11, 12, 13].map(groups.jobOf), [KEY, KEY, undefined, undefined]);
  t.end();
});

test('where nothing was saved, no group proves anything', (t) => {
  const groups = new FormerGroups([], {
    groupsOf: () => t.fail('nobody has to look') as never,
    uid: OWN_UID,
  });
  t.equal(groups.jobOf(10), undefined);
  t.end();
});

test('a group that others can enter proves nothing', (t) => {
  for (const [file, mode] of [
    ['foster/web/cgroup.procs', 0o666],
    ['foster/web/cgroup.procs', 0o664],
    ['foster/web', 0o777],
  ] as const) {
    const { groups, point } = rig(t);
    chmodSync(join(point, file), mode);
    t.equal(groups.jobOf(10), undefined, `${file} ${mode.toString(8)}`);
  }
  const { groups, point } = rig(t);
  chmodSync(join(point, 'foster/web/worker/cgroup.procs'), 0o666);
  t.same([10, 11].map(groups.jobOf), [KEY, undefined], 'the group that the process is in counts');
  rmSync(join(point, 'foster/web/cgroup.procs'));
  t.equal(groups.jobOf(10), undefined, 'removed meanwhile');
  t.end();
});

test('nor does one of another user', { skip: OWN_UID !== 0 && 'not root' }, (t) => {
  const { groups, point } = rig(t);
  chownSync(join(point, 'foster/web'), 65534, 65534);
  t.equal(groups.jobOf(10), undefined);
  t.end();
});
