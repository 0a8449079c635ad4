import t from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { applyOverride } from '../../../src/jobfile/files/override.js';

function job(text: string): JobClass {
  const checked = checkText(text, 'foo', 'conf', '/etc/init/foo.conf');
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.class;
}

const BASE = 'start on a\nexec b\nenv A=1\noom 5\nlimit core 0 0\n';

t.test('an override replaces and adds', (t) => {
  const base = job(BASE);
  const text = 'exec c\nenv B=2\noom 0\nlimit cpu 1 1\nrespawn\n';
  const { class: overridden, errors } = applyOverride(base, text, '/etc/init/foo.override');
  t.strictSame(errors, []);
  t.match(overridden, {
    processes: { main: { exec: 'c' } },
    env: ['A=1', 'B=2'],
    limits: { core: { soft: 0, hard: 0 }, cpu: { soft: 1, hard: 1 } },
    respawn: true,
    source: { path: '/etc/init/foo.conf', override: '/etc/init/foo.override' },
  });
  t.equal(overridden.oomScoreAdj, 0, 'a default takes back what was said');
  t.strictSame(base, job(BASE), 'the class that is overridden stays as it is');
  t.end();
});

t.test('manual in an override clears the start on of the job file', (t) => {
  t.equal(applyOverride(job(BASE), 'manual\n', 'x').class.startOn, undefined);
  t.match(applyOverride(job(BASE), 'manual\nstart on b\n', 'x').class.startOn, { name: 'b' });
  t.end();
});

t.test('an error in an override leaves the class whole', (t) => {
  const base = job(BASE);
  const { class: kept, errors } = applyOverride(base, 'exec c\nbogus\n', '/etc/init/foo.override');
  t.equal(kept, base);
  t.match(errors, [{ file: '/etc/init/foo.override', line: 2, message: 'Unknown stanza' }]);
  t.end();
});
