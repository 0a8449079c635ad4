/** The server of `foster web` in this process, before a served supervisor, and requests to it as a browser or somebody else makes them. */
import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Test } from 'tap';
import { listenOnLoopback } from '../../../src/cli/loopback.js';
import type { HubTimes } from '../../../src/web/server/hub.js';
import { WebServer } from '../../../src/web/server/server.js';
import type { StreamMessage } from '../../../src/web/wire.js';
import { serve, type Served } from '../../control/serve.js';
import { until } from '../../helpers/until.js';

export const TOKEN = 'token-of-the-test';

export const QUICK: HubTimes = { sample: 20, delay: 1, retry: 20, linger: 30 };

export interface OpenWeb {
  readonly served: Served;
  readonly web: WebServer;
  /** `127.0.0.1:PORT` */
  readonly address: string;
}

export interface OpenOptions {
  readonly mayAct?: boolean;
  readonly times?: HubTimes;
  readonly served?: Served;
}

export async function openWeb(
  t: Test,
  { mayAct = true, times = QUICK, served }: OpenOptions = {},
): Promise<OpenWeb> {
  const supervisor = served ?? (await serve(t));
  const page = new Map([['/', { type: 'text/html; charset=utf-8', content: Buffer.from('<p>page</p>') }]]);
  const web = new WebServer({ client: supervisor.client, page, token: TOKEN, version: '1', mayAct, times });
  const address = await listenOnLoopback(web.server, { host: '127.0.0.1', port: 0 });
  t.teardown(() => {
    web.server.close();
    web.server.closeAllConnections();
  });
  return { served: supervisor, web, address };
}

export interface Sent {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** Sends a request and returns its answer before the body has come. */
export async function open(address: string, path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  const [host, port] = address.split(':');
  const sent = request({ host, port: Number(port), path, method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

export async function ask(address: string, path: string, sent: Sent = {}) {
  const response = await open(address, path, sent);
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, headers: response.headers, text };
}

export const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` };

export interface OpenStream {
  readonly messages: StreamMessage[];
  /** resolves with the first message of this kind that fits */
  next<Kind extends string>(
    kind: Kind,
    fits?: (message: Extract<StreamMessage, { kind: Kind }>) => boolean,
  ): Promise<Extract<StreamMessage, { kind: Kind }>>;
  close(): void;
}

/** The stream that a page has. */
export async function follow(t: Test, address: string, query = ''): Promise<OpenStream> {
  const response = await open(address, `/api/stream${query}`, { headers: WITH_TOKEN });
  const messages: StreamMessage[] = [];
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (part: string) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    for (const line of lines) messages.push(JSON.parse(line) as StreamMessage);
  });
  // the other end goes away at the end of the test
  response.on('error', () => messages.push({ type: 'missed', count: 0 }));
  t.teardown(() => response.destroy());
  return {
    messages,
    close: () => response.destroy(),
    next: (kind, fits = () => true) =>
      until(`a message ${kind}`, () =>
        messages
          .filter((message) => 'kind' in message && message.kind === kind)
          .map((message) => message as Extract<StreamMessage, { kind: typeof kind }>)
          .find(fits),
      ),
  };
}
