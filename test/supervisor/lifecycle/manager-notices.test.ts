/** What foster says to the service manager that has started it. */
import { test } from 'tap';
import { SystemError } from '../../../src/kernel/system-error.js';
import { ManagerNotices, notifyTarget } from '../../../src/supervisor/lifecycle/manager-notices.js';

const NOTIFY_SOCKET = '/run/systemd/notify';

test('who waits for notices says so in the environment; COMMAND has that word itself', (t) => {
  const place = { address: NOTIFY_SOCKET, watchdog: undefined };
  t.same(notifyTarget({ mode: 'container' }, { NOTIFY_SOCKET }, 7), place);
  t.equal(notifyTarget({ mode: 'container' }, {}, 7), undefined);
  t.equal(notifyTarget({ mode: 'command' }, { NOTIFY_SOCKET }, 7), undefined);
  t.equal(notifyTarget({ mode: 'container' }, { NOTIFY_SOCKET: 'vsock:2:99' }, 7), undefined);
  t.end();
});

test('a watchdog is that of the process that it names', (t) => {
  const wanted = { NOTIFY_SOCKET, WATCHDOG_USEC: '30000000' };
  t.equal(notifyTarget({ mode: 'user' }, wanted, 7)?.watchdog, 30_000);
  t.equal(notifyTarget({ mode: 'user' }, { ...wanted, WATCHDOG_PID: '7' }, 7)?.watchdog, 30_000);
  t.equal(notifyTarget({ mode: 'user' }, { ...wanted, WATCHDOG_PID: '8' }, 7)?.watchdog, undefined);
  t.equal(notifyTarget({ mode: 'user' }, { NOTIFY_SOCKET, WATCHDOG_USEC: 'often' }, 7)?.watchdog, undefined);
  t.end();
});

test('signs of life come twice in the interval, until the end', async (t) => {
  const sent: string[] = [];
  let enough: () => void;
  const twice = new Promise<void>((resolve) => (enough = resolve));
  const notices = new ManagerNotices(
    { address: NOTIFY_SOCKET, watchdog: 10 },
    () => undefined,
    (_, text) => {
      sent.push(text);
      if (sent.length === 3) enough();
    },
  );
  notices.start();
  await twice;
  notices.stopping();
  notices.close();
  t.same(sent, ['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1\nSTATUS=Stopping all jobs']);
});

test('a manager that cannot be told is a warning, once until it can be told again', (t) => {
  const warnings: string[] = [];
  let works = false;
  const notices = new ManagerNotices(
    { address: NOTIFY_SOCKET, watchdog: undefined },
    (text) => void warnings.push(text),
    (address) => {
      if (!works)
        throw new SystemError(
          'sendto',
          111,
          'ECONNREFUSED',
          `send a notice to ${address}`,
          'Connection refused',
        );
    },
  );
  notices.start();
  notices.describe('3 jobs up');
  t.match(warnings, [
    /^Cannot notify the service manager of READY: send a notice to \/run\/systemd\/notify: /,
  ]);
  t.equal(warnings.length, 1);
  works = true;
  notices.describe('3 jobs up');
  works = false;
  notices.stopping();
  t.equal(warnings.length, 2);
  notices.close();
  t.end();
});
