/**
 * A local user sends foster a connection whose close(2) waits, with a notice or over the control socket: foster goes on
 * serving others, and ends.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { spawnChild } from '../helpers/child.js';
import { lingering, PYTHON } from '../helpers/lingering.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const skip = existsSync(PYTHON) ? false : `${PYTHON} is needed to send descriptors`;

/** The beginning of a request. */
const REQUEST = 'GET /v1/version HTTP/1.1\r\n';

for (const [kind, name, text] of [
  ['datagram', 'notify', 'STATUS=I am here'],
  ['stream', 'foster.sock', REQUEST],
] as const)
  test(`a ${kind} with a connection that lingers`, { skip }, async (t) => {
    const supervisor = await Supervisor.start(t, { 'waits.conf': 'ready notify\nexec sleep 15201\n' });
    await supervisor.cli('start', '--no-wait', 'waits');
    const path = join(supervisor.rundir, name);
    await until('the socket', () => existsSync(path));
    const sender = spawnChild(PYTHON, ['-c', lingering(path, kind, text)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => sender.kill('SIGKILL'));
    let out = '';
    sender.stdout?.on('data', (part: Buffer) => (out += part.toString()));
    await until('the message', () => /sent|refused/.test(out));
    for (let count = 0; count < 3; count += 1) t.match(await supervisor.cli('version'), { status: 0 });
    t.equal(await supervisor.shutDown(), 0, 'it ends while the connection lingers');
  });
