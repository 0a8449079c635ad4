import t from 'tap';
import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import { NamespaceInit } from '../../../src/supervisor/lifecycle/namespace-init.js';

t.test('the right to end every process is not to be had by an ordinary process', (t) => {
  t.not(process.pid, 1);
  t.equal(NamespaceInit.claim(new FakeKernel()), undefined);
  t.end();
});

t.test('an object that only looks like it does not compile', (t) => {
  const take = (init: NamespaceInit | undefined): unknown => init;
  // @ts-expect-error -- a private field makes the type nominal
  take({ endOthers: () => Promise.resolve([]) });
  t.end();
});
