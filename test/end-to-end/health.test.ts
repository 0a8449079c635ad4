/** Jobs that are asked whether they are well, through the real command line. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { allProcesses, isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const OFTEN = 'health interval = 0.1\nhealth retries = 2\n';

t.test('a job whose command fails is restarted, and counts as crashed', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const file = join(supervisor.directory, 'well');
  writeFileSync(file, '');
  supervisor.write(
    'web.ini',
    `exec = sleep 1000\nrespawn = true\nhealth exec = test -e ${file} || { echo gone; exit 3; }\n${OFTEN}`,
  );
  await supervisor.begin();
  t.match(await supervisor.cli('start', 'web'), { status: 0 });
  const { main } = await supervisor.untilStatus('web', ({ health }) => health?.state === 'healthy');
  t.match((await supervisor.cli('status', 'web')).out, /health +healthy, .* ago: test -e/);

  rmSync(file);
  const after = await supervisor.untilStatus('web', ({ respawns }) => respawns > 0);
  t.not(after.main, main);
  t.match(supervisor.messages, /web is unhealthy: .*terminated with status 3: gone \(2 times in a row\)/);
  t.match(supervisor.messages, /Sending TERM signal to web main process/);
  writeFileSync(file, '');
  await supervisor.untilStatus('web', ({ health }) => health?.state === 'healthy');
});

t.test('a job that is only marked runs on; foster health says so, also after a re-exec', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.ini': `exec = sleep 1000\nhealth exec = sleep 1000\nhealth timeout = 0.1\n${OFTEN}`,
    'ill.ini': 'exec = sleep 1000\nstart on = health JOB=web HEALTH=unhealthy\n',
  });
  t.match(await supervisor.cli('start', 'web'), { status: 0 });
  const { main } = await supervisor.untilStatus('web', ({ health }) => health?.state === 'unhealthy');
  const ready = await supervisor.cli('health', '--level', 'ready');
  t.match(ready, { status: 1, out: /web: unhealthy: sleep 1000 did not end within 0.1 s, and was killed/ });
  await supervisor.untilStatus('ill', ({ state }) => state === 'running');
  await supervisor.reexec();
  const after = await supervisor.status('web');
  t.equal(after.main, main);
  t.equal(after.health?.state, 'unhealthy');
});

t.test(
  'a command that runs while foster crashes is ended by the next foster, and the job runs on',
  async (t) => {
    const supervisor = Supervisor.prepare(t, {});
    const file = join(supervisor.directory, 'pid');
    // two processes, of which the second one ignores what a shell would pass on
    const command = `sh -c 'trap "" TERM; echo $$ > ${file}; sleep 1000; true'`;
    supervisor.write(
      'web.ini',
      `exec = sleep 1000\nhealth exec = ${command}\nhealth timeout = 100\nhealth interval = 60\n`,
    );
    await supervisor.begin();
    t.match(await supervisor.cli('start', 'web'), { status: 0 });
    const { main } = await supervisor.status('web');
    const check = Number(
      await until('the command', () => existsSync(file) && readFileSync(file, 'utf8').trim()),
    );
    const children = await until('its child', () => {
      const found = allProcesses().filter(({ parent }) => parent === check);
      return found.length > 0 && found;
    });
    await supervisor.kill();
    t.ok(isAlive(check));
    await supervisor.begin();
    await until('the end of both', () =>
      [check, ...children.map(({ pid }) => pid)].every((pid) => !isAlive(pid)),
    );
    t.equal((await supervisor.status('web')).main, main);
  },
);

t.test('a server is asked over its port', async (t) => {
  const server = createServer((socket) =>
    socket.on('error', () => socket.destroy()).end('HTTP/1.1 503 no\r\n\r\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const supervisor = await Supervisor.start(t, {
    'http.ini': `exec = sleep 1000\nhealth http = http://127.0.0.1:${port}/up\n${OFTEN}`,
    'tcp.ini': `exec = sleep 1000\nhealth tcp = 127.0.0.1:${port}\n${OFTEN}`,
  });
  for (const job of ['http', 'tcp']) t.match(await supervisor.cli('start', job), { status: 0 });
  await supervisor.untilStatus('tcp', ({ health }) => health?.state === 'healthy');
  const { health } = await supervisor.untilStatus('http', (job) => job.health?.state === 'unhealthy');
  t.match(health?.last?.text, `GET http://127.0.0.1:${port}/up answered 503`);
});
