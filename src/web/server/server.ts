/**
 * The HTTP server of `foster web`: the page, a stream of events, searches of logs, and actions.
 * It listens on the loopback interface in a process of its own, and is an ordinary client of foster.
 * Everything but the page itself needs the token.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import { EventStream } from '../../control/server/event-stream.js';
import type { JobId, StreamMessage, WebError } from '../wire.js';
import { act, readAction } from './actions.js';
import { readJson } from './body.js';
import { faultText } from './faults.js';
import { Refusal, requireJson, requireOwnHost, requireToken } from './guard.js';
import { Hub, type HubTimes } from './hub.js';
import { JobWatch } from './job-watch.js';
import { searchLog } from './log-lines.js';
import { SAFE_HEADERS, type PageFile } from './page-files.js';
import { USAGE_WINDOW } from './usage-history.js';

interface WebOptions {
  readonly client: ControlClient;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly token: string;
  readonly version: string;
  /** whether actions are allowed */
  readonly mayAct: boolean;
  readonly times?: HubTimes;
}

/** The most open pages, each with a stream. */
const MOST_STREAMS = 16;
const MOST_CONNECTIONS = 128;
const MOST_SEARCHES = 2;
/** Bytes that may be queued for a page; beyond that data is dropped, and the page reloads. */
const BEHIND = 2 * 1024 * 1024;
/** Milliseconds after which the connection of a page that does not read is closed. */
const STALLED = 60_000;

export class WebServer {
  readonly server: Server;
  readonly hub: Hub;
  #streams = 0;
  #searches = 0;

  constructor(private readonly options: WebOptions) {
    this.hub = new Hub(options.client, options.times);
    this.server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 5000 });
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.setTimeout(STALLED, (socket) => socket.destroy());
    this.server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => refuse(response, error));
    });
    this.server.on('close', () => this.hub.close());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requireOwnHost(request.headers);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const route = `${request.method ?? ''} ${url.pathname}`;
    const file = this.options.page.get(url.pathname);
    if (file !== undefined) {
      sendFile(request, response, file);
      return;
    }
    if (!url.pathname.startsWith('/api/')) throw new Refusal(404, 'There is nothing here');
    requireToken(request.headers, this.options.token);
    switch (route) {
      case 'GET /api/stream':
        this.#stream(url.searchParams, response);
        return;
      case 'GET /api/log':
        sendJson(response, 200, await this.#search(url.searchParams, response));
        return;
      case 'POST /api/act':
        sendJson(response, 200, await this.#act(request));
        return;
      default:
        throw new Refusal(405, 'Expected GET /api/stream, GET /api/log or POST /api/act');
    }
  }

  #stream(query: URLSearchParams, response: ServerResponse): void {
    if (this.#streams >= MOST_STREAMS) throw new Refusal(429, 'Too many pages are open');
    this.#streams += 1;
    response.writeHead(200, { ...SAFE_HEADERS, 'content-type': 'application/x-ndjson' });
    const stream = new EventStream(
      response,
      () => new Date().toISOString(),
      () => BEHIND,
    );
    const send = (message: StreamMessage): void => stream.write(message);
    const { client, version, mayAct } = this.options;
    send({ kind: 'hello', host: hostname(), version, now: Date.now(), window: USAGE_WINDOW, mayAct });
    const subscription = this.hub.subscribe(send);
    const job = jobIn(query);
    const watch = job === undefined ? undefined : new JobWatch(client, job, send);
    response.on('close', () => {
      this.#streams -= 1;
      subscription.dispose();
      watch?.close();
      stream.close();
    });
  }

  async #search(query: URLSearchParams, response: ServerResponse): Promise<unknown> {
    const job = jobIn(query);
    const text = query.get('text') ?? '';
    if (job === undefined || text === '') throw new Refusal(400, 'Expected a job, and a text to look for');
    if (this.#searches >= MOST_SEARCHES) throw new Refusal(429, 'Other searches are under way');
    this.#searches += 1;
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const isPattern = query.get('pattern') === 'true';
      return await searchLog(this.options.client, job, { text, isPattern, abandoned: gone.signal });
    } finally {
      this.#searches -= 1;
    }
  }

  async #act(request: IncomingMessage): Promise<unknown> {
    if (!this.options.mayAct) throw new Refusal(403, "'foster web' was started with --read-only");
    requireJson(request.headers);
    const action = readAction(await readJson(request));
    const answer = await act(this.options.client, action);
    this.hub.touch(action.name);
    return answer;
  }
}

function jobIn(query: URLSearchParams): JobId | undefined {
  const name = query.get('job');
  return name === null || name === '' ? undefined : { name, instance: query.get('instance') ?? '' };
}

function sendFile(request: IncomingMessage, response: ServerResponse, { type, content }: PageFile): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'Expected GET');
  response.writeHead(200, { ...SAFE_HEADERS, 'content-type': type, 'content-length': content.length });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...SAFE_HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Refuses a request. The connection is closed, since an unread body would block it. */
function refuse(response: ServerResponse, error: unknown): void {
  const isRefused = error instanceof Refusal || error instanceof RefusedError;
  const status = isRefused ? error.status : 502;
  const body: WebError = { error: error instanceof Refusal ? error.message : faultText(error) };
  if (response.headersSent) return void response.destroy();
  response.setHeader('connection', 'close');
  sendJson(response, status, body);
}
