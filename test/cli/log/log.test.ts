import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';
import { serve, shortDirectory } from '../../control/serve.js';
import { runFoster as run } from '../run-foster.js';

t.test('log shows the last lines over rotated files', async (t) => {
  const served = await serve(t);
  const directory = shortDirectory(t);
  served.api.statuses = [runningJob('web', 4)];
  served.api.logs = [join(directory, 'web.log.1'), join(directory, 'web.log')];
  writeFileSync(served.api.logs[0]!, 'one\ntwo\n');
  writeFileSync(served.api.logs[1]!, 'three\nfour');
  t.equal((await run(served, ['log', 'web'])).out, 'one\ntwo\nthree\nfour\n');
  t.equal((await run(served, ['log', 'web', '-n', '3'])).out, 'two\nthree\nfour\n');
  t.equal((await run(served, ['log', 'web', '-n', '1', '--json'])).out, '{"job":"web","line":"four"}\n');
  t.match(await run(served, ['log', 'web', '-n', 'x']), {
    status: 2,
    err: /--lines x: expected a number of lines/,
  });
});

t.test('log tells a job that has written nothing from one that there is not', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('quiet')];
  served.api.logs = [];
  t.match(await run(served, ['log', 'quiet']), {
    status: 0,
    out: '',
    err: /^foster: quiet: there is no log: nothing was written/,
  });
  t.match(await run(served, ['log', 'nosuch']), { status: 5, err: /^foster: Unknown job: nosuch/ });
});

t.test('a log that cannot be read is one sentence', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('web', 4)];
  served.api.logs = [shortDirectory(t)];
  const { status, out, err } = await run(served, ['log', 'web']);
  t.match({ status, out }, { status: 1, out: '' });
  t.match(err, /^foster: \S+ cannot be read: it is a directory, expected a regular file\n$/);
});
