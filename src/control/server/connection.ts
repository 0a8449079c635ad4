/**
 * Serves one client's connection: reads a request, answers it, and reads the next one when the client has
 * read the answer. So a client occupies at most one answer and a hundred kilobytes of requests.
 */
import type { Socket } from 'node:net';
import { isHungUp } from '../../kernel/sockets/accept.js';
import type { InputHandlers } from '../../kernel/sockets/stranger-input.js';
import type { Caller } from './authorisation.js';
import { RequestError } from '../errors.js';
import { EventStream } from './event-stream.js';
import { RequestReader, type WholeRequest } from '../http/request-reader.js';
import { chunk, streamHeader, wholeResponse, type WholeResponse } from '../http/response.js';
import type { Emit, Reply } from './router.js';
import { clientOf, type Turns } from './turns.js';
import type { Unread } from './unread.js';

/** Maximum length of pipelined requests: one more of the largest kind. */
const PIPELINED_BYTES = 64 * 1024;
/** Time limits: from the first byte of a request to its last, and between two requests. */
const REQUEST_MS = 10_000;
const IDLE_MS = 10_000;
/** Time limit for reading an answer. The owner may read it in a pager. */
const TAKING_MS = { everyone: 30_000, owner: 600_000 } as const;
/**
 * After the last answer, further bytes are read and dropped: closing a Unix socket with unread data resets
 * the connection, and the client would never see the answer (unix(7)).
 */
const LINGER_MS = 2_000;
const LINGER_BYTES = 16 * 1024 * 1024;

/** Where a connection reads what the client sends. */
interface Input {
  pause(): void;
  resume(): void;
  dispose(): void;
}

interface ConnectionOptions {
  /** if there is an `input`, it reads nothing itself */
  readonly socket: Socket;
  /** reads in place of the socket */
  readonly input?: ((handlers: InputHandlers) => Input) | undefined;
  /** valid as long as the socket is not destroyed */
  readonly fd: number;
  readonly caller: Caller;
  readonly turns: Turns;
  readonly unread: Unread;
  /** maximum backlog of one stream in bytes */
  readonly streamLimit: () => number;
  /** @throws RequestError, or any other failure */
  readonly answer: (request: WholeRequest, abandoned: AbortSignal) => Reply | Promise<Reply>;
  /** converts a failure of `answer` to a response */
  readonly failure: (error: unknown, request: WholeRequest) => WholeResponse;
}

export class Connection {
  readonly #reader = new RequestReader();
  #phase: 'reading' | 'answering' | 'lingering' = 'reading';
  #isHalfClosed = false;
  #deadline: NodeJS.Timeout | undefined;
  /** bytes of the present answer that the client has not read */
  #unread = 0;
  #lingered = 0;
  /** for the request being answered */
  #abandoned: AbortController | undefined;

  readonly #input: Input;

  /** @throws what `input` throws */
  constructor(private readonly options: ConnectionOptions) {
    const { socket, input } = options;
    const handlers: InputHandlers = {
      received: (bytes) => this.#received(bytes),
      ended: () => this.#ended(),
    };
    this.#input = input?.(handlers) ?? inputOf(socket, handlers);
    this.#setDeadline(IDLE_MS);
    // the reason does not matter: the client is gone, and 'close' follows
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#closed());
  }

  #received(bytes: Buffer): void {
    if (this.#phase === 'lingering') {
      this.#lingered += bytes.length;
      if (this.#lingered > LINGER_BYTES) this.options.socket.destroy();
      return;
    }
    const isFirst = !this.#reader.isInRequest;
    this.#reader.push(bytes);
    if (this.#phase === 'answering') {
      if (this.#reader.pending > PIPELINED_BYTES) this.#input.pause();
      return;
    }
    if (isFirst) this.#setDeadline(REQUEST_MS);
    this.#advance();
  }

  /** Parses the next request from the received bytes. */
  #advance(): void {
    try {
      const step = this.#reader.next();
      if (step.kind === 'request') return this.#begin(step.request);
      if (step.kind === 'continue') this.options.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      if (this.#isHalfClosed) this.options.socket.destroySoon();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#refuse(error);
    }
  }

  #begin(request: WholeRequest): void {
    const { turns, caller } = this.options;
    this.#phase = 'answering';
    clearTimeout(this.#deadline);
    turns.enqueue(caller, () => this.#answer(request));
  }

  #answer(request: WholeRequest): void {
    const { socket, answer } = this.options;
    if (socket.destroyed) return;
    this.#abandoned = new AbortController();
    try {
      const reply = answer(request, this.#abandoned.signal);
      if (reply instanceof Promise) {
        reply.then(
          (answered) => this.#deliver(request, answered),
          (error: unknown) => this.#fail(request, error),
        );
      } else this.#deliver(request, reply);
    } catch (error) {
      this.#fail(request, error);
    }
  }

  #fail(request: WholeRequest, error: unknown): void {
    const response = this.options.failure(error, request);
    if (!this.options.socket.destroyed) this.#send(request, response);
  }

  #deliver(request: WholeRequest, reply: Reply): void {
    if (this.options.socket.destroyed) return;
    switch (reply.kind) {
      case 'json':
        return this.#send(request, jsonResponse(reply.status, reply.body));
      case 'text': {
        const { contentType, body } = reply;
        return this.#send(request, { status: 200, fields: { 'content-type': contentType }, body });
      }
      case 'lines': {
        const body = reply.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
        return this.#send(request, { status: 200, fields: NDJSON, body });
      }
      case 'stream':
        return this.#stream(request, reply.open);
    }
  }

  #send(request: WholeRequest, response: WholeResponse): void {
    const isLast = this.#isHalfClosed && !this.#reader.isInRequest;
    const keepAlive = !isLast && keepsAlive(request);
    const text = wholeResponse(response, { keepAlive, withoutBody: request.method === 'HEAD' });
    this.#write(text, keepAlive ? () => this.#readNext() : () => this.#linger());
  }

  #write(text: string, taken: () => void): void {
    const { socket, caller, unread } = this.options;
    this.#abandoned = undefined;
    this.#unread = Buffer.byteLength(text);
    unread.add(clientOf(caller), this.#unread);
    this.#setDeadline(TAKING_MS[caller.access]);
    socket.write(text, () => {
      this.#forgetUnread();
      if (!socket.destroyed) taken();
    });
  }

  #readNext(): void {
    this.#phase = 'reading';
    this.#setDeadline(this.#reader.isInRequest ? REQUEST_MS : IDLE_MS);
    this.#input.resume();
    this.#advance();
  }

  #linger(): void {
    this.#phase = 'lingering';
    this.options.socket.end();
    this.#input.resume();
    this.#setDeadline(LINGER_MS);
    if (this.#isHalfClosed) this.options.socket.destroySoon();
  }

  /** Refuses an invalid request: nothing after it can be parsed. */
  #refuse(error: RequestError): void {
    this.#phase = 'lingering';
    const response = jsonResponse(error.status, error.body());
    this.#write(wholeResponse(response, { keepAlive: false }), () => this.#linger());
  }

  #stream(request: WholeRequest, open: (emit: Emit) => { dispose(): void }): void {
    const { socket, streamLimit } = this.options;
    clearTimeout(this.#deadline);
    socket.write(streamHeader('application/x-ndjson', request.minor));
    const output = {
      write: (text: string) => socket.write(request.minor === 0 ? text : chunk(text)),
      get writableLength() {
        return socket.writableLength;
      },
      on: (event: 'drain', callback: () => void) => socket.on(event, callback),
    };
    const stream = new EventStream(output, () => new Date().toISOString(), streamLimit);
    const subscription = open((entry) => stream.write(entry));
    socket.once('close', () => {
      subscription.dispose();
      stream.close();
    });
  }

  /** Handles the client's end of input. Either it is gone, or it still waits for the answer. */
  #ended(): void {
    const { socket, fd } = this.options;
    this.#isHalfClosed = true;
    if (this.#phase !== 'answering') socket.destroySoon();
    else if (isHungUp(fd)) socket.destroy();
  }

  #setDeadline(milliseconds: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#late(), milliseconds);
  }

  #late(): void {
    if (this.#phase === 'reading' && this.#reader.isInRequest) {
      this.#refuse(
        new RequestError('too-slow', `The request was not complete within ${REQUEST_MS / 1000} s`),
      );
    } else this.options.socket.destroy();
  }

  #forgetUnread(): void {
    const { caller, unread, turns } = this.options;
    unread.remove(clientOf(caller), this.#unread);
    this.#unread = 0;
    turns.wake();
  }

  #closed(): void {
    clearTimeout(this.#deadline);
    this.#input.dispose();
    this.#abandoned?.abort();
    if (this.#unread > 0) this.#forgetUnread();
  }
}

function inputOf(socket: Socket, { received, ended }: InputHandlers): Input {
  socket.on('data', received);
  socket.on('end', ended);
  return { pause: () => socket.pause(), resume: () => socket.resume(), dispose: () => undefined };
}

const NDJSON = { 'content-type': 'application/x-ndjson' };

export function jsonResponse(status: number, body: unknown): WholeResponse {
  return { status, fields: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}

function keepsAlive({ minor, headers }: WholeRequest): boolean {
  return minor === 1 && !/\bclose\b/i.test(headers.get('connection') ?? '');
}
