import fc from 'fast-check';
import { test } from 'tap';
import { jobFileName, jobOfFileName } from '../../../src/supervisor/state/job-file-name.js';

test('names of files can be read, and say which job they belong to', (t) => {
  t.equal(jobFileName({ name: 'sshd', instance: '' }, '.out'), 'sshd.out');
  t.equal(jobFileName({ name: 'net/if', instance: 'eth0 up' }, '.out'), 'net%2Fif,eth0%20up.out');
  t.equal(jobFileName({ name: '..', instance: '' }, '.out'), '%2E..out');
  t.same(jobOfFileName('net%2Fif,eth0%20up.out', '.out'), { name: 'net/if', instance: 'eth0 up' });
  for (const other of ['sshd', '.out', 'sshd.json', 'a,b,c.out'])
    t.equal(jobOfFileName(other, '.out'), undefined);
  t.end();
});

test('any job has a file name of its own that leads back to it or, too long for that, is a hash', (t) => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  const job = fc.record({ name: text, instance: fc.string({ unit: 'grapheme' }) });
  fc.assert(
    fc.property(job, (ref) => {
      const file = jobFileName(ref, '.out');
      const isFileName = /^[A-Za-z0-9_%,#-][A-Za-z0-9_.%,-]*\.out$/.test(file) && file.length <= 255;
      return (
        isFileName &&
        (file.startsWith('#') || JSON.stringify(jobOfFileName(file, '.out')) === JSON.stringify(ref))
      );
    }),
  );
  t.match(jobFileName({ name: 'x'.repeat(1000), instance: '' }, '.out'), /^#[0-9a-f]{64}\.out$/);
  t.end();
});
