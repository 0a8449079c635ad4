/** foster as a service of another service manager, which it tells when it answers and when it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { NotifySocket } from '../../src/kernel/sockets/notify-socket.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

test('READY when the socket answers, a status, signs of life, STOPPING; a re-exec changes nothing', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const socket = NotifySocket.bind(join(directory, 'notify'));
  t.teardown(() => {
    socket.close();
    rmSync(directory, { recursive: true });
  });
  const heard: { readonly pid: number; readonly text: string | undefined }[] = [];
  const hears = (text: RegExp): Promise<unknown> =>
    until(`${text} of ${heard.map((notice) => notice.text).join('; ')}`, () => {
      for (let notice = socket.receive(); notice !== undefined; notice = socket.receive()) heard.push(notice);
      return heard.some((notice) => text.test(notice.text ?? ''));
    });
  const jobs = { 'nap.ini': 'start on = startup\nexec = sleep 1000\n' };
  const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '200000' };
  const supervisor = Supervisor.prepare(t, jobs, { env, noStartupEvent: false });
  const ended = supervisor.launch();
  await hears(/^READY=1$/);
  t.equal(
    (await supervisor.client.request<{ pid: number }>('/v1/version')).pid,
    supervisor.pid,
    'it answers by then',
  );
  await hears(/^STATUS=1 job up after/);
  await hears(/^WATCHDOG=1$/);

  heard.length = 0;
  await supervisor.cli('reexec');
  await hears(/^READY=1$/);
  await hears(/^WATCHDOG=1$/);
  t.notOk(
    heard.some(({ text }) => text?.startsWith('STOPPING')),
    'the service goes on',
  );

  await supervisor.cli('shutdown');
  await hears(/^STOPPING=1\n/);
  t.equal(await ended, 0);
  t.same(new Set(heard.map(({ pid }) => pid)), new Set([supervisor.pid]), 'all are of the main process');
});
