import t from 'tap';
import type { CgroupSetting } from '../../../src/jobfile/job-class/job-class.js';
import { groupNameOf, groupScope, planGroups } from '../../../src/supervisor/cgroup/plan.js';
import { translate } from '../../../src/supervisor/cgroup/translate.js';
import { hierarchy } from '../../rules/support.js';

const HYBRID = [hierarchy(1, 'cpu'), hierarchy(1, 'memory'), hierarchy(1, 'blkio'), hierarchy(2)];

function plan(settings: readonly CgroupSetting[], hierarchies = HYBRID, available: readonly string[] = []) {
  return planGroups({
    hierarchies,
    baseOf: ({ point }) => `${point}/foster`,
    available: new Set(available),
    settings,
    ownName: 'web',
  });
}
const files = (...args: Parameters<typeof plan>) =>
  plan(...args).files.map(({ directory, file, value }) => `${directory} ${file} ${value}`);
const max = (value: string): CgroupSetting => ({ controller: 'memory', key: 'memory.max', value });

t.test('a job is in a group of its own in every hierarchy that limits, counts or freezes', (t) => {
  const { groups } = plan([{ controller: 'cpu' }]);
  t.same(
    groups.map(({ directory, wanted }) => [directory, wanted]),
    [
      ['/cg/cpu/foster/web', true],
      ['/cg/memory/foster/web', false],
      ['/cg/blkio/foster/web', false],
      ['/cg/unified/foster/web', false],
    ],
  );
  t.same(plan([{ controller: '*' }]).problems, [], 'any group will do');
  t.end();
});

t.test('limits by the names of version 2 hold on version 1', (t) => {
  t.same(files([max('64M')]), ['/cg/memory/foster/web memory.limit_in_bytes 64M']);
  t.same(files([{ controller: 'cpu', key: 'cpu.max', value: '50%' }]), [
    '/cg/cpu/foster/web cpu.cfs_period_us 100000',
    '/cg/cpu/foster/web cpu.cfs_quota_us 50000',
  ]);
  t.same(files([{ controller: 'io', key: 'io.max', value: '8:0 rbps=1000 wiops=max' }]), [
    '/cg/blkio/foster/web blkio.throttle.read_bps_device 8:0 1000',
    '/cg/blkio/foster/web blkio.throttle.write_iops_device 8:0 0',
  ]);
  t.end();
});

t.test('version 2 alone: controllers are turned on, and what Upstart called otherwise is translated', (t) => {
  const { groups } = plan([max('64M')], [hierarchy(2)], ['memory', 'pids', 'rdma']);
  t.same(
    groups.map(({ directory, controllers }) => [directory, [...controllers].sort()]),
    [['/cg/unified/foster/web', ['memory', 'pids']]],
  );
  const upstart: CgroupSetting = { controller: 'memory', key: 'limit_in_bytes', value: '1000' };
  t.same(files([upstart], [hierarchy(2)], ['memory']), ['/cg/unified/foster/web memory.max 1000']);
  t.end();
});

t.test('what cannot be is said', (t) => {
  const problems = (settings: readonly CgroupSetting[]) => plan(settings).problems;
  t.same(problems([{ controller: 'rdma' }]), ['the controller rdma is not there']);
  t.same(problems([{ controller: 'memory', key: 'memory.high', value: '1' }]), [
    'memory.high has no counterpart in version 1 of control groups',
  ]);
  t.match(problems([{ controller: 'cpu', key: 'cpu.max', value: 'much' }])[0], /^cpu\.max "much": expected/);
  t.same(
    problems([
      { controller: 'cpu', name: 'a' },
      { controller: 'cpu', name: 'b' },
    ]),
    ['the group b cannot be joined beside a'],
  );
  t.same(plan([max('1')], []).problems, ['no control groups are mounted here']);
  t.end();
});

t.test('values in both directions', (t) => {
  t.same(translate(1, 'cpu.weight', '100'), [{ file: 'cpu.shares', value: '1024' }]);
  t.same(translate(2, 'cpu.shares', '1024'), [{ file: 'cpu.weight', value: '100' }]);
  t.same(translate(2, 'cpu.max', '20000 50000'), [{ file: 'cpu.max', value: '20000 50000' }]);
  t.same(translate(2, 'cpu.max', '150%'), [{ file: 'cpu.max', value: '150000 100000' }]);
  t.same(translate(1, 'cpu.max', 'max'), [
    { file: 'cpu.cfs_period_us', value: '100000' },
    { file: 'cpu.cfs_quota_us', value: '-1' },
  ]);
  t.same(translate(1, 'pids.max', '5'), [{ file: 'pids.max', value: '5' }], 'any other file is itself');
  t.match(translate(1, 'io.max', 'sda rbps=1'), { problem: /MAJOR:MINOR/ });
  t.match(translate(1, 'cpu.weight', 'heavy'), { problem: /needs a number/ });
  t.end();
});

t.test('no two jobs share a name, and no name is that of a file', (t) => {
  const names = [
    groupNameOf({ name: 'a', instance: '' }),
    groupNameOf({ name: 'a', instance: 'b' }),
    groupNameOf({ name: 'a:b', instance: '' }),
    groupNameOf({ name: 'net/apache', instance: '' }),
    groupNameOf({ name: 'net%2Fapache', instance: '' }),
  ];
  t.same(names, ['a', 'a:b', 'a%3Ab', 'net%2Fapache', 'net%252Fapache']);
  t.equal(groupNameOf({ name: 'cgroup.procs', instance: '' }), '_cgroup.procs');
  t.equal(groupNameOf({ name: 'tasks', instance: '' }), '_tasks');
  t.equal(groupScope('/run/foster'), 'foster');
  t.not(groupScope('/tmp/a'), groupScope('/tmp/b'));
  t.end();
});
