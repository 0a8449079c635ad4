import t from 'tap';
import { parseIdentity } from '../../src/kernel/proc/process-status.js';
import { processName, type NameParts } from '../../src/rules/subject.js';

const name = (
  parts: Partial<Omit<NameParts, 'argv' | 'directory'>> & { argv?: string[]; directory?: string },
) =>
  processName({
    comm: 'x',
    executable: '/bin/x',
    ...parts,
    argv: () => parts.argv ?? [],
    directory: () => parts.directory,
  });

t.test('a process is called by the path of its program', (t) => {
  t.equal(name({ comm: 'make', executable: '/usr/bin/make' }), '/usr/bin/make');
  t.equal(
    name({ comm: 'quiteaverylongn', executable: '/opt/quiteaverylongname' }),
    '/opt/quiteaverylongname',
    'the kernel cuts comm',
  );
  t.equal(name({ comm: 'kthreadd', executable: undefined }), 'kthreadd', 'a kernel thread');
  t.equal(name({ comm: 'renamed', executable: '/bin/x', argv: ['x'] }), 'renamed');
  t.end();
});

t.test('a script is called by its own path', (t) => {
  const executable = '/usr/bin/bash';
  t.equal(name({ comm: 'job', executable, argv: ['/bin/bash', '-e', '/srv/job'] }), '/srv/job');
  t.equal(name({ comm: 'job', executable, argv: ['bash', './job'], directory: '/srv' }), '/srv/job');
  t.end();
});

t.test('effective ids and the name as the kernel writes it', (t) => {
  const text = 'Name:\ta\\nb\\\\c\nUmask:\t0022\nPid:\t5\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nThreads:\t1\n';
  t.same(parseIdentity(text), { comm: 'a\nb\\c', uid: 2, gid: 6 });
  t.equal(parseIdentity('nothing'), undefined);
  t.end();
});
