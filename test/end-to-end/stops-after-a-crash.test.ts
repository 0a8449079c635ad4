/**
 * `expect stop`: a program stops itself to say that it is ready. After foster was killed it is no child of the next foster, to which
 * the kernel reports no stop, and which continues it all the same.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const stateOf = (pid: number): string | undefined => /^State:\s+(\w)/m.exec(statusOf(pid))?.[1];
const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');

for (const when of ['while foster is down', 'when the next foster is there'] as const) {
  test(`a program stops itself ${when}`, async (t) => {
    const supervisor = Supervisor.prepare(t, {});
    const file = (name: string): string => join(supervisor.directory, name);
    supervisor.write(
      'stops.conf',
      `script\n  echo $$ >${file('pid')}\n  until [ -e ${file('go')} ]; do sleep 0.02; done\n` +
        `  kill -STOP $$\n  touch ${file('continued')}\n  exec sleep 1000\nend script\nexpect stop\nrespawn\n`,
    );
    await supervisor.begin();
    await supervisor.cli('start', '--no-wait', 'stops');
    const pid = await until('the program', () =>
      existsSync(file('pid')) ? Number(readFileSync(file('pid'), 'utf8')) : undefined,
    );
    await supervisor.kill();
    const stop = (): void => writeFileSync(file('go'), '');
    if (when === 'while foster is down') {
      stop();
      await until('it has stopped itself', () => stateOf(pid) === 'T');
    }
    await supervisor.begin();
    if (when !== 'while foster is down') {
      t.equal((await supervisor.status('stops')).state, 'spawned');
      stop();
    }
    const { processes } = await supervisor.untilStatus('stops', ({ state }) => state === 'running');
    t.same(
      processes.map((one) => one.pid),
      [pid],
    );
    await until('it was continued', () => existsSync(file('continued')));
    process.kill(pid, 'SIGSTOP');
    await until('somebody else has stopped it', () => stateOf(pid) === 'T');
    await new Promise((resolve) => setTimeout(resolve, 500));
    t.equal(stateOf(pid), 'T', 'that is left alone');
    process.kill(pid, 'SIGCONT');
    t.equal(await supervisor.shutDown(), 0);
  });
}
