/** foster metrics: once, or over HTTP on the loopback interface, by a process of its own: PID 1 listens to no network. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ControlClient, RefusedError, UnreachableError } from '../../control/client/client.js';
import { OPEN_METRICS } from '../../control/routes/open-metrics.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

const TARGET = '/v1/metrics';

export async function metrics(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const listen = invocation.value('listen');
  if (listen === undefined) {
    invocation.printAll((await client.text(TARGET)).trimEnd().split('\n'));
    return EXIT.ok;
  }
  const server = await open(client, addressOf(listen));
  const { address, port, family } = server.address() as AddressInfo;
  invocation.complain(
    `metrics are at http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`,
  );
  await once(server, 'close');
  return EXIT.ok;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Whoever can connect can read them, so that other machines cannot. */
function addressOf(text: string): Address {
  const [, host = '127.0.0.1', port = ''] =
    /^(?:(127(?:\.\d{1,3}){3}|\[::1\]|localhost):)?(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port === '' ? NaN : port);
  if (!(number <= 65_535))
    throw usageError(`--listen ${text}: expected a port, or 127.0.0.1:PORT, [::1]:PORT or localhost:PORT`);
  return { host: host === '[::1]' ? '::1' : host, port: number };
}

async function open(client: ControlClient, { host, port }: Address): Promise<Server> {
  const server = createServer((request, response) => {
    // a page of some web site that a browser here shows has another name for this address (DNS rebinding)
    const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(request.headers.host ?? '');
    if (!isLocal) return void response.writeHead(403).end();
    if (request.method !== 'GET' || request.url !== '/metrics') return void response.writeHead(404).end();
    client.text(TARGET).then(
      (text) => response.writeHead(200, { 'content-type': OPEN_METRICS }).end(text),
      (error: unknown) => {
        const isKnown = error instanceof UnreachableError || error instanceof RefusedError;
        response
          .writeHead(503, { 'content-type': 'text/plain' })
          .end(isKnown ? `${error.message}\n` : undefined);
        if (!isKnown) throw error;
      },
    );
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new CliError(`--listen: ${error instanceof Error ? error.message : String(error)}`, EXIT.failed);
  }
  return server;
}
