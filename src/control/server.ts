/**
 * The control socket: HTTP/1.1 with JSON over a Unix socket (docs/control.md). It turns requests into calls of the
 * supervisor's API and adds nothing but authorisation.
 */
import { chmodSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PeerCredentials } from '../kernel/kernel.js';
import type { SupervisorApi } from '../supervisor/api.js';
import { authorise, identify, type Caller } from './authorisation.js';
import { parseBody, readBody } from './body.js';
import { HTTP_STATUS, RequestError, type ErrorBody } from './errors.js';
import { EventStream } from './event-stream.js';
import { findRoute, splitTarget, type Emit, type Reply } from './router.js';
import { ROUTES } from './routes/index.js';
import { errorCode, SocketPathError } from './socket-address.js';
import { makeFree } from './socket-path.js';

/**
 * Node looks for slow clients with a timer of the server's own, which would wake an idle supervisor for nothing. It is put
 * off for ever (the largest delay that a timer takes); each connection has a time limit of its own instead.
 */
const NEVER = 2 ** 31 - 1;
/** How long a connection may be silent before its request is complete. */
const SILENCE_MS = 10_000;
/** Connections of users who may only read: a stranger cannot use up the supervisor's descriptors. */
const STRANGERS = 32;

export interface ControlServerOptions {
  readonly api: SupervisorApi;
  readonly path: string;
  /** descriptor of a socket that listens at the path already: that of the program which this one replaces */
  readonly inherited?: number | undefined;
  /** SO_PEERCRED of a connected socket (Kernel.peerCredentials) */
  readonly peerCredentials: (fd: number) => PeerCredentials;
  /** the supervisor's own user id */
  readonly ownUid: number;
  /** what an administrator should know: a request that failed inside the supervisor */
  readonly warn: (text: string) => void;
}

export class ControlServer {
  private readonly http: Server;
  private readonly callers = new WeakMap<Socket, Caller>();
  private readonly connections = new Set<Socket>();
  private strangers = 0;

  private constructor(private readonly options: ControlServerOptions) {
    this.http = createServer({ connectionsCheckingInterval: NEVER });
    this.http.on('connection', (socket) => this.welcome(socket));
    this.http.on('request', (request, response) => void this.serve(request, response));
    this.http.on('clientError', (error, socket) => refuseBrokenHttp(error, socket));
  }

  /**
   * Listens at `options.path`; a stale socket there is replaced.
   * @throws SocketPathError when the path cannot be used
   */
  static async listen(options: ControlServerOptions): Promise<ControlServer> {
    const { inherited: fd, path } = options;
    if (fd === undefined) await makeFree(path);
    const server = new ControlServer(options);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => {
        reject(new SocketPathError(`control socket ${options.path}: ${error.message}`, { cause: error }));
      };
      server.http.once('error', fail);
      server.http.listen(fd === undefined ? { path } : { fd }, () => {
        server.http.off('error', fail);
        // everybody may connect: what they may do is decided by who they are
        chmodSync(path, 0o666);
        resolve();
      });
    });
    // nothing may be awaited from here on: the first request would be answered before whoever listens is ready for it
    return server;
  }

  get path(): string {
    return this.options.path;
  }

  /** The listening socket, for the program that replaces this one. */
  get descriptor(): number | undefined {
    return descriptorOf(this.http);
  }

  /** Ends every connection and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    for (const socket of this.connections) socket.destroy();
    await closed;
    await unlink(this.options.path).catch((error: unknown) => {
      // Node removes the socket itself when the server closes
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }

  private welcome(socket: Socket): void {
    const caller = this.identified(socket);
    if (caller === undefined || (caller.access === 'everyone' && this.strangers >= STRANGERS)) {
      socket.destroy();
      return;
    }
    const stranger = caller.access === 'everyone' ? 1 : 0;
    this.strangers += stranger;
    this.callers.set(socket, caller);
    this.connections.add(socket);
    socket.setTimeout(SILENCE_MS);
    socket.once('close', () => {
      this.strangers -= stranger;
      this.connections.delete(socket);
    });
  }

  private identified(socket: Socket): Caller | undefined {
    const fd = descriptorOf(socket);
    if (fd === undefined) return undefined; // the client has gone already
    try {
      return identify(this.options.peerCredentials(fd), this.options.ownUid);
    } catch (error) {
      this.options.warn(`control socket: a connection of unknown origin is refused: ${String(error)}`);
      return undefined;
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.answer(request, response);
      if (reply.kind === 'json') sendJson(response, reply.status, reply.body);
      else if (reply.kind === 'lines') sendLines(response, reply.lines);
      else sendStream(response, reply.open);
    } catch (error) {
      this.fail(request, response, error);
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<Reply> {
    const caller = this.callers.get(request.socket);
    if (caller === undefined) throw new RequestError('forbidden', 'Permission denied');
    request.socket.setTimeout(SILENCE_MS);
    const text = await readBody(request);
    const { path, query } = splitTarget(request.url ?? '/');
    const { route, parameters } = findRoute(ROUTES, request.method ?? 'GET', path);
    authorise(caller, route.access, route.does);
    // the request is complete: from here on it is the supervisor that takes its time (a start may take 90 s)
    request.socket.setTimeout(0);
    const body = parseBody(text);
    const abandoned = new AbortController();
    response.once('close', () => abandoned.abort());
    return route.answer({
      api: this.options.api,
      caller,
      parameters,
      query,
      body,
      abandoned: abandoned.signal,
    });
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (request.destroyed && !request.complete) return; // the client left in the middle of its request
    if (error instanceof RequestError) {
      if (error.code === 'method-not-allowed') response.setHeader('allow', error.expected ?? '');
      sendJson(response, HTTP_STATUS[error.code], error.body());
      return;
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.warn(`control socket: ${request.method ?? ''} ${request.url ?? ''} failed: ${reason}`);
    const message = error instanceof Error ? error.message : String(error);
    sendJson(response, HTTP_STATUS.internal, { error: 'internal', message } satisfies ErrorBody);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function sendLines(response: ServerResponse, lines: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function sendStream(response: ServerResponse, open: (emit: Emit) => { dispose(): void }): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const stream = new EventStream(response, () => new Date().toISOString());
  const subscription = open((entry) => stream.write(entry));
  response.once('close', () => {
    subscription.dispose();
    stream.close();
  });
}

/** What Node's HTTP parser does not understand gets the same kind of answer as everything else. */
function refuseBrokenHttp(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const overflow = errorCode(error) === 'HPE_HEADER_OVERFLOW';
  const [line, body]: [string, ErrorBody] = overflow
    ? [
        '431 Request Header Fields Too Large',
        { error: 'too-large', message: 'The request header is too large' },
      ]
    : ['400 Bad Request', { error: 'bad-request', message: `Not an HTTP request: ${error.message}` }];
  const text = `${JSON.stringify({ ...body, expected: 'HTTP/1.1' })}\n`;
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/**
 * The descriptor of a connection, or of the listening socket. Node has no public name for it; its handle (libuv's pipe) has had `fd` in every version
 * since 0.10, and the alternative would be to accept connections without Node.
 */
function descriptorOf(socket: Socket | Server): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd === undefined || handle.fd < 0 ? undefined : handle.fd;
}
