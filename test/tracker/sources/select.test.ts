import { test } from 'tap';

import { FakeKernel } from '../../../src/kernel/fake.js';
import { SystemError } from '../../../src/kernel/system-error.js';
import { selectSource, SourceUnavailableError, testSources } from '../../../src/tracker/sources/select.js';
import { testProcfs } from '../../../src/tracker/sources/procfs.js';
import { kernel } from '../../kernel/support.js';

test('auto takes the first source that passes its test, and says of all others why not', (t) => {
  const { source, tests } = selectSource(kernel, 'auto');
  t.same(
    tests.map(({ name }) => name),
    ['connector', 'perf', 'ptrace', 'procfs'],
  );
  t.equal(source.name, tests.find(({ test: { works } }) => works)?.name);
  for (const { test: result } of tests) {
    if (result.works) t.not(result.detail, '');
    else t.ok(result.reason !== '' && result.remedy !== '');
  }
  t.end();
});

test('a source that is asked for by name is taken, or the reason is said why it cannot be', (t) => {
  for (const { name, test: result } of testSources(kernel)) {
    if (result.works) t.equal(selectSource(kernel, name).source.name, name);
    else
      t.throws(
        () => selectSource(kernel, name),
        new SourceUnavailableError(
          `the tracker ${name}: ${result.reason} (what would help: ${result.remedy})`,
        ),
      );
  }
  t.end();
});

test('a self-test that the kernel refuses in an unforeseen way is a source that does not work', (t) => {
  const refused = (): never => {
    throw new SystemError('socket', 88, 'ENOTSOCK', 'try something', 'not a socket');
  };
  const create = () => selectSource(kernel, 'procfs').source;
  const candidates = [
    { name: 'connector', test: refused, create },
    { name: 'procfs', test: testProcfs, create },
  ] as const;
  t.match(testSources(kernel, candidates), [
    { name: 'connector', test: { works: false, reason: 'try something: socket: ENOTSOCK (not a socket)' } },
    { name: 'procfs', test: { works: true } },
  ]);
  const broken = {
    name: 'connector',
    test: () => (undefined as never as { name: never }).name,
    create,
  } as const;
  t.throws(() => testSources(kernel, [broken]), TypeError, 'but an error of ours is not hidden');
  t.end();
});

test('procfs works wherever /proc is that of our own pid namespace', (t) => {
  t.match(testProcfs(kernel), { works: true });
  // a /proc that does not know us
  t.match(testProcfs(new FakeKernel()), { works: false, remedy: /mount -t proc/ });
  t.end();
});
