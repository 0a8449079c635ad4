import t from 'tap';
import { parseCgroupSetup } from '../../../src/kernel/cgroup/layout.js';

t.test('version 2 alone, as on a current machine', (t) => {
  const mounts = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
  t.strictSame(parseCgroupSetup(mounts, '0::/system.slice/foster.service\n'), {
    layout: 'v2',
    hierarchies: [
      {
        version: 2,
        controllers: [],
        point: '/sys/fs/cgroup',
        root: '/',
        own: '/sys/fs/cgroup/system.slice/foster.service',
        readOnly: false,
      },
    ],
  });
  t.end();
});

t.test('version 1, where controllers may share a hierarchy, with version 2 beside it', (t) => {
  const mounts = [
    '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
    '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
    '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n');
  const { layout, hierarchies } = parseCgroupSetup(mounts, '3:cpu,cpuacct:/a\n2:name=systemd:/b:c\n0::/\n');
  t.equal(layout, 'hybrid');
  t.strictSame(
    hierarchies.map(({ controllers, own }) => [controllers, own]),
    [
      [['cpu', 'cpuacct'], '/sys/fs/cgroup/cpu,cpuacct/a'],
      [['name=systemd'], '/sys/fs/cgroup/systemd/b:c'],
      [[], '/sys/fs/cgroup/unified'],
    ],
  );
  t.end();
});

t.test('a container that sees only its own part of the tree, read-only', (t) => {
  const mounts = '9 8 0:26 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw';
  t.strictSame(parseCgroupSetup(mounts, '0::/docker/abc\n').hierarchies, [
    {
      version: 2,
      controllers: [],
      point: '/sys/fs/cgroup',
      root: '/docker/abc',
      own: '/sys/fs/cgroup',
      readOnly: true,
    },
  ]);
  t.strictSame(
    parseCgroupSetup(mounts, '0::/\n').hierarchies.map(({ own }) => own),
    ['/sys/fs/cgroup'],
    'with a cgroup namespace of its own, the path is that of the namespace',
  );
  t.end();
});

t.test('no control groups at all', (t) => {
  t.strictSame(parseCgroupSetup('', ''), { layout: 'none', hierarchies: [] });
  t.end();
});
