/** Process events that start jobs, and what status says of them, with a real supervisor. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { CONNECTOR, scratch, skipUnless } from '../helpers/process-events.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const ALERT = (directory: string) => `task\nexec sh -c 'echo "$TYPE $JOB $PID" >> ${directory}/alerts'\n`;
const alerts = (directory: string) => {
  const file = join(directory, 'alerts');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
};

for (const tracer of ['strace', 'gdb'] as const) {
  test(
    `${tracer} on a job shows in its status and starts the alert job`,
    { skip: skipUnless(tracer) },
    async (t) => {
      const directory = scratch(t);
      const supervisor = await Supervisor.start(
        t,
        {
          'web.conf': 'exec sleep 1000\n',
          'alert.conf': `start on process-event TYPE=ptrace JOB=web CHANGE=attach\n${ALERT(directory)}`,
        },
        { args: CONNECTOR },
      );
      await supervisor.cli('start', 'web');
      const { main } = await supervisor.status('web');
      const args =
        tracer === 'strace' ? ['-o', '/dev/null', '-p', String(main)] : ['-nx', '-p', String(main)];
      const child = spawn(tracer, args, { stdio: ['pipe', 'ignore', 'ignore'] });
      const began = performance.now();
      const [alert] = await until('the alert', () => alerts(directory).length > 0 && alerts(directory));
      t.comment(
        `the alert job had run ${(performance.now() - began).toFixed(0)} ms after the start of ${tracer}`,
      );
      t.equal(alert, `ptrace web ${main}`);
      t.match((await supervisor.status('web')).traced, [
        { pid: main, tracer: child.pid, tracerName: tracer },
      ]);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      t.equal((await supervisor.status('web')).traced, undefined);
    },
  );
}

for (const tracker of ['connector', 'perf', 'ptrace', 'procfs'] as const) {
  test(
    `a core dump shows in status and starts the alert job (${tracker})`,
    { skip: skipUnless('sh') },
    async (t) => {
      const directory = scratch(t);
      const supervisor = await Supervisor.start(
        t,
        {
          'web.conf': `limit core unlimited unlimited\nchdir ${directory}\nexec sleep 1000\n`,
          'alert.conf': `start on process-event coredump web\n${ALERT(directory)}`,
        },
        { args: ['--tracker', tracker] },
      );
      await supervisor.cli('start', 'web');
      const { main } = await supervisor.status('web');
      process.kill(main!, 'SIGSEGV');
      await supervisor.untilStatus('web', ({ goal }) => goal === 'stop');
      await until('the alert', () => alerts(directory).length > 0);
      t.same(alerts(directory), [`coredump web ${main}`]);
      t.equal((await supervisor.status('web')).coreDump?.pid, main);
    },
  );
}
