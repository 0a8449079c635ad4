/** foster web: serves a page about jobs on the loopback interface, from a process of its own. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { installedVersion, WEB_PAGE } from '../../installation.js';
import { readPage } from '../../web/server/page-files.js';
import { WebServer } from '../../web/server/server.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { listenOnLoopback, loopbackAddress } from '../loopback.js';

export async function web(invocation: Invocation): Promise<number> {
  if (process.pid === 1) throw new CliError('web: PID 1 serves no page; run it beside foster, or as a job');
  const address = loopbackAddress(invocation.value('listen') ?? '0');
  const token = randomBytes(32).toString('base64url');
  const { server } = new WebServer({
    client: invocation.client(),
    page: readPage(WEB_PAGE),
    token,
    version: installedVersion(),
    mayAct: !invocation.has('read-only'),
  });
  const url = `http://${await listenOnLoopback(server, address)}/`;
  const ended = once(server, 'close');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  const file = invocation.value('token-file');
  if (file === undefined) invocation.print(`${url}#token=${token}`);
  else {
    invocation.complain(`the page is at ${url}; ${file} has its address with the token`);
    writeForOwner(file, `${url}#token=${token}\n`);
  }
  await ended;
  if (file !== undefined) rmSync(file, { force: true });
  return EXIT.ok;
}

/** Writes a file that only its owner can ever read. A symbolic link at the path is replaced, not followed. */
function writeForOwner(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, path);
}
