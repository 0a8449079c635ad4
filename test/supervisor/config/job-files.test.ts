import t from 'tap';
import { jobClass } from '../../../src/jobfile/job-class/job-class.js';
import { COMMAND_LINE, JobFiles } from '../../../src/supervisor/config/job-files.js';

t.test('a job whose file was removed has lost it, one of the command line never had one', (t) => {
  const files = new JobFiles(() => []);
  const web = jobClass.create({
    name: 'web',
    source: { path: '/etc/foster/web.ini', syntax: 'ini' },
    processes: {},
  });
  t.same(files.of('web', web), { path: '/etc/foster/web.ini', state: 'gone' });
  t.equal(
    files.of('command', jobClass.create({ name: 'command', source: COMMAND_LINE, processes: {} })),
    undefined,
  );
  t.end();
});
