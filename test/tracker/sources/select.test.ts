import { test } from 'tap';

import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import { SystemError } from '../../../src/kernel/system-error.js';
import { selectSource, SourceUnavailableError, testSources } from '../../../src/tracker/sources/select.js';
import { testProcfs } from '../../../src/tracker/sources/procfs.js';
import { kernel } from '../../kernel/support.js';

test('auto takes the first source that passes its test, and says why those before it cannot be used', (t) => {
  const { source, tests } = selectSource(kernel, 'auto');
  const last = tests.at(-1)!;
  t.equal(source.name, last.name);
  t.ok(last.test.works);
  const order = ['connector', 'perf', 'ptrace', 'procfs'];
  t.same(
    tests.map(({ name }) => name),
    order.slice(0, tests.length),
  );
  for (const { test: result } of tests.slice(0, -1)) t.ok(!result.works && result.remedy !== '');
  t.end();
});

test('what comes after the one that is taken is not tested, since that would cost time at the start', (t) => {
  const create = () => selectSource(kernel, 'procfs').source;
  const unneeded = (): never => t.fail('tested for nothing') as never;
  const candidates = [
    {
      name: 'connector',
      test: () => ({ works: false as const, reason: 'none here', remedy: 'a kernel' }),
      create,
    },
    { name: 'ptrace', test: testProcfs, create },
    { name: 'procfs', test: unneeded, create },
  ] as const;
  t.match(selectSource(kernel, 'auto', candidates).tests, [
    { name: 'connector', test: { works: false } },
    { name: 'ptrace', test: { works: true } },
  ]);
  t.same(
    selectSource(kernel, 'ptrace', candidates).tests.map(({ name }) => name),
    ['ptrace'],
    'nor what comes before one that is asked for by name',
  );
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
