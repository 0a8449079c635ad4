/**
 * foster metrics: prints metrics, or serves them on the loopback interface from a process of its own, since
 * PID 1 listens on no network.
 */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { type ControlClient, RefusedError, UnreachableError } from '../../control/client/client.js';
import { OPEN_METRICS } from '../../control/routes/open-metrics.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { isLoopbackHost, listenOnLoopback, loopbackAddress } from '../loopback.js';

const TARGET = '/v1/metrics';

export async function metrics(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const listen = invocation.value('listen');
  if (listen === undefined) {
    invocation.printAll((await client.text(TARGET)).trimEnd().split('\n'));
    return EXIT.ok;
  }
  const server = serverOf(client);
  const address = await listenOnLoopback(server, loopbackAddress(listen));
  invocation.complain(`metrics are at http://${address}/metrics`);
  await once(server, 'close');
  return EXIT.ok;
}

function serverOf(client: ControlClient): Server {
  return createServer((request, response) => {
    if (!isLoopbackHost(request.headers.host)) return void response.writeHead(403).end();
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
}
