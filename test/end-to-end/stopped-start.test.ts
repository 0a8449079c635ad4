/**
 * A stop in a launcher's first moments ends the daemon that it has made, on every source, so that the next start does not run beside
 * it. What a script has put apart, and waits for, survives, as in Upstart.
 */
import { test } from 'tap';
import { createKernel } from '../../src/kernel/linux.js';
import { DEFAULT_TIMING } from '../../src/tracker/follower/timing.js';
import { testSources } from '../../src/tracker/sources/select.js';
import { allProcesses, commandLine, isAlive, killIfThere } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

function sleepers(seconds: number): readonly number[] {
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => isAlive(pid) && commandLine(pid) === `sleep ${seconds}`);
}

const perl = (steps: string): string => `perl -MPOSIX -e '${steps}'`;

/** Each makes a daemon `sleep N`, and has not ended yet. */
const LAUNCHERS: Readonly<Record<string, (daemon: string) => string>> = {
  'a script that uses setsid(1), and runs something else': (daemon) =>
    `script\n  setsid ${daemon} &\n  sleep 1000\n  exit 0\nend script\n`,
  'a script that runs a program that daemonises, and something else': (daemon) =>
    `script\n  ${perl(`exit if fork; setsid; exit if fork; exec "${daemon}"`)}\n  sleep 1000\nend script\n`,
  'a program that makes a session and forks twice': (daemon) =>
    `exec ${perl(`if (fork) { sleep 1000 } setsid; exit if fork; exec "${daemon}"`)}\n`,
  'a program that makes a session': (daemon) =>
    `exec ${perl(`if (fork) { sleep 1000 } setsid; exec "${daemon}"`)}\n`,
};

const kernel = createKernel();

for (const { name: source, test: found } of testSources(kernel)) {
  const skip = !found.works && found.reason;

  for (const [index, [what, job]] of Object.entries(LAUNCHERS).entries())
    test(`${source}: a stop in the first moments of ${what}`, { skip }, async (t) => {
      const seconds = 13_000 + index;
      const supervisor = Supervisor.prepare(t, {}, { args: ['--tracker', source] });
      supervisor.write('early.conf', job(`sleep ${seconds}`));
      await supervisor.begin();
      const act = (action: string, body: object): Promise<unknown> =>
        supervisor.client.request(`/v1/jobs/early/${action}`, { method: 'POST', body });
      for (let run = 0; run < 3;) {
        const began = kernel.now();
        await act('start', { wait: 'nothing' });
        await until('the daemon', () => sleepers(seconds)[0]);
        await act('stop', {});
        const left = sleepers(seconds);
        // on a busy machine the first moments may be over by then, and nothing can be learned
        if (kernel.now() - began >= DEFAULT_TIMING.settle) left.forEach((pid) => killIfThere(pid, 'SIGKILL'));
        else t.same(left, [], `run ${run++}`);
      }
    });

  test(
    `${source}: a stop in the first moments of a script that waits for what it has put apart`,
    { skip },
    async (t) => {
      const supervisor = Supervisor.prepare(t, {}, { args: ['--tracker', source] });
      supervisor.write('apart.conf', 'script\n  setsid sleep 13010 &\n  wait\nend script\n');
      await supervisor.begin();
      await supervisor.cli('start', '--no-wait', 'apart');
      const apart = await until('what it puts apart', () => sleepers(13010)[0]);
      t.teardown(() => killIfThere(apart, 'SIGKILL'));
      await supervisor.untilStatus('apart', ({ detached }) => detached.includes(apart));
      await supervisor.cli('stop', 'apart');
      t.same(sleepers(13010), [apart], 'it survives');
    },
  );
}
