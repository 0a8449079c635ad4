/**
 * The control socket: HTTP/1.1 with JSON over a Unix socket (docs/control.md). It turns requests into calls
 * of the supervisor's API and adds only authorisation. The peer is known before anything is read.
 */
import { closeSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { EADDRINUSE, errorCode, systemError } from '../../kernel/errno.js';
import { acceptConnection, refuseConnection } from '../../kernel/sockets/accept.js';
import { closeConnection, refuseDescriptors, StrangerInput } from '../../kernel/sockets/stranger-input.js';
import type { DescriptorWatcher, PeerCredentials, Watch } from '../../kernel/kernel.js';
import { listenOn, isSocketAt, socketAt, type SocketName } from '../../kernel/sockets/listening-socket.js';
import { SystemError } from '../../kernel/system-error.js';
import { Admission } from './admission.js';
import { authorise, identify, type Caller } from './authorisation.js';
import { parseBody, findRoute, splitTarget, type Reply } from './router.js';
import { Connection, jsonResponse } from './connection.js';
import { HTTP_STATUS, RequestError, type ErrorBody } from '../errors.js';
import { BEHIND } from './event-stream.js';
import type { WholeRequest } from '../http/request-reader.js';
import { wholeResponse, type WholeResponse } from '../http/response.js';
import { ROUTES } from '../routes/index.js';
import { SocketPathError } from '../socket-address.js';
import { isListenedAt, makeFree } from './socket-path.js';
import { Turns, type TurnsClock } from './turns.js';
import { Unread } from './unread.js';
import type { SupervisorApi } from '../../supervisor/answers.js';
import { messageOf } from '../../text/phrases.js';

/** Connections handled at once. A refused one costs 10 µs, an admitted one 200 µs. */
const REFUSED_TOGETHER = 1024;
const TAKEN_TOGETHER = 32;
/** Number of refused ones that get a reason; without it, a flood costs a third less. */
const REASONS_TOGETHER = 32;
/** How long connections wait in the kernel's queue if foster has no free descriptor. */
const EXHAUSTED_MS = 100;
/** Maximum backlog of all streams together, and minimum for each. */
const STREAMS_BEHIND = 64 * 1024 * 1024;
const STREAM_AT_LEAST = 64 * 1024;

export interface ControlServerOptions {
  readonly api: SupervisorApi;
  readonly path: string;
  /** descriptor of the already listening socket of the program before a re-exec */
  readonly inherited?: number | undefined;
  readonly descriptors: DescriptorWatcher;
  /** SO_PEERCRED of a connected socket (Kernel.peerCredentials) */
  readonly peerCredentials: (fd: number) => PeerCredentials;
  /** the supervisor's own user id */
  readonly ownUid: number;
  /** maximum connections of root and the supervisor's own user */
  readonly connections: number;
  /** whether descriptors of this client have to be expected and received; tests replace it */
  readonly isGuarded?: (caller: Caller) => boolean;
  /** reports to the administrator: a request failed inside the supervisor */
  readonly warn: (text: string) => void;
}

const CLOCK: TurnsClock = {
  now: () => performance.now(),
  soon: (work) => void setImmediate(work),
  after: (milliseconds, work) => void setTimeout(work, milliseconds),
};

export class ControlServer {
  readonly #sockets = new Set<Socket>();
  readonly #unread = new Unread();
  readonly #turns = new Turns({ clock: CLOCK, isBehind: (client) => this.#unread.isBehind(client) });
  readonly #admission: Admission;
  #watch: Watch | undefined;
  #listening: number | undefined;
  /** the file of the listening socket */
  #name: SocketName | undefined;
  #exhausted: NodeJS.Timeout | undefined;
  #streams = 0;
  #isClosed = false;
  /** clients cannot send descriptors */
  #isPlain = false;
  #refused: { readonly reason: string; readonly answer: Buffer } | undefined;

  private constructor(private readonly options: ControlServerOptions) {
    this.#admission = new Admission({ owners: options.connections, now: () => CLOCK.now() });
  }

  /**
   * Listens at `options.path`; replaces a stale socket.
   * @throws SocketPathError if the path cannot be used
   */
  static async listen(options: ControlServerOptions): Promise<ControlServer> {
    const { inherited, path } = options;
    const server = new ControlServer(options);
    if (inherited === undefined) await makeFree(path);
    // nothing may be awaited from here on: the first request would be answered before the caller is ready.
    // Everybody may connect; permissions depend on the user
    server.#listenOn(inherited ?? open(path));
    return server;
  }

  /** Makes a server that does not listen yet, because it cannot now: `repair` tries again. */
  static withoutSocket(options: ControlServerOptions): ControlServer {
    return new ControlServer(options);
  }

  /**
   * Listens on a new socket if the present one's file has been removed, or if nobody listens at its
   * replacement (a file system mounted over it is gone). Connections continue.
   * @throws SystemError
   */
  repair(): void {
    const { path, warn } = this.options;
    if (this.#isClosed || (this.#listening !== undefined && isSocketAt(path, this.#name))) return;
    if (socketAt(path) !== undefined && isListenedAt(path))
      throw systemError('bind', EADDRINUSE, `listen at ${path}, where somebody else's socket is now`);
    const fd = listenOn({ family: 'unix', path });
    this.#stopListening();
    this.#listenOn(fd);
    warn(`control socket: ${path} was missing: foster listens on a new one`);
  }

  #listenOn(fd: number): void {
    this.#listening = fd;
    this.#name = socketAt(this.options.path);
    this.#isPlain = refuseDescriptors(fd);
    this.#watch = this.options.descriptors.onReadable(fd, () => this.#accept(fd));
  }

  #stopListening(): void {
    this.#watch?.dispose();
    clearTimeout(this.#exhausted);
    if (this.#listening !== undefined) closeSync(this.#listening);
    this.#watch = undefined;
    this.#listening = undefined;
  }

  get path(): string {
    return this.options.path;
  }

  /** Returns the listening socket, for a re-exec. */
  get descriptor(): number | undefined {
    return this.#listening;
  }

  /** Ends every connection and removes the socket. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { path, warn } = this.options;
    this.#stopListening();
    for (const socket of this.#sockets) socket.destroy();
    if (!isSocketAt(path, this.#name)) return;
    try {
      rmSync(path, { force: true });
    } catch (error) {
      // on a file system that has become read-only; the next supervisor replaces it
      if (errorCode(error) === undefined) throw error;
      warn(`control socket: ${path} stays: ${String(error)}`);
    }
  }

  #accept(listening: number): void {
    let taken = 0;
    let refused = 0;
    while (taken < TAKEN_TOGETHER && refused < REFUSED_TOGETHER) {
      const fd = this.#next(listening);
      if (fd === undefined) return;
      const caller = this.#identify(fd);
      if (caller === undefined) continue;
      const reason = this.#admission.admit(caller);
      if (reason === undefined) {
        this.#welcome(fd, caller);
        taken += 1;
      } else {
        if (refused < REASONS_TOGETHER) refuseConnection(fd, this.#refusal(reason));
        else closeConnection(fd);
        refused += 1;
      }
    }
  }

  /**
   * Accepts the next connection. Without a free descriptor, waiting ones are checked again a little later.
   */
  #next(listening: number): number | undefined {
    try {
      return acceptConnection(listening);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.options.warn(`control socket: connections have to wait: ${error.message}`);
      this.#watch?.pause();
      this.#exhausted = setTimeout(() => this.#watch?.resume(), EXHAUSTED_MS);
      return undefined;
    }
  }

  #identify(fd: number): Caller | undefined {
    try {
      return identify(this.options.peerCredentials(fd), this.options.ownUid);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.options.warn(`control socket: a connection of unknown origin is refused: ${error.message}`);
      closeSync(fd);
      return undefined;
    }
  }

  /** Returns the response for a refused connection. Cached, for floods. */
  #refusal(reason: string): Uint8Array {
    if (this.#refused?.reason !== reason) {
      const body: ErrorBody = { error: 'busy', message: reason, expected: 'another try, later' };
      const answer = wholeResponse(jsonResponse(HTTP_STATUS.busy, body), { keepAlive: false });
      this.#refused = { reason, answer: Buffer.from(answer) };
    }
    return this.#refused.answer;
  }

  #welcome(fd: number, caller: Caller): void {
    const isGuarded = this.options.isGuarded?.(caller) ?? (!this.#isPlain && caller.access !== 'owner');
    const how = { readable: true, writable: true, allowHalfOpen: true, manualStart: isGuarded };
    const socket = new Socket({ fd, ...how });
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#admission.leave(caller);
    });
    try {
      this.#serve(fd, socket, caller, isGuarded);
    } catch (error) {
      // no descriptor is left
      if (!(error instanceof SystemError)) throw error;
      socket.destroy();
    }
  }

  /** @throws SystemError */
  #serve(fd: number, socket: Socket, caller: Caller, isGuarded: boolean): void {
    const { descriptors } = this.options;
    new Connection({
      socket,
      ...(isGuarded && { input: (handlers) => new StrangerInput(fd, descriptors, handlers) }),
      fd,
      caller,
      turns: this.#turns,
      unread: this.#unread,
      streamLimit: () => Math.max(STREAM_AT_LEAST, Math.min(BEHIND, STREAMS_BEHIND / this.#streams)),
      answer: (request, abandoned) => this.#answer(request, caller, abandoned),
      failure: (error, request) => this.#failure(error, request),
    });
  }

  #answer(request: WholeRequest, caller: Caller, abandoned: AbortSignal): Reply | Promise<Reply> {
    const { path, query } = splitTarget(request.target);
    const { route, parameters } = findRoute(ROUTES, request.method, path);
    authorise(caller, route.access, route.does);
    const body = parseBody(request.body);
    const reply = route.answer({ api: this.options.api, caller, parameters, query, body, abandoned });
    return reply instanceof Promise || reply.kind !== 'stream' ? reply : this.#counted(reply);
  }

  /** Counts readers of streams, which share the total backlog. */
  #counted(reply: Extract<Reply, { kind: 'stream' }>): Reply {
    return {
      kind: 'stream',
      open: (emit) => {
        this.#streams += 1;
        const subscription = reply.open(emit);
        return {
          dispose: () => {
            this.#streams -= 1;
            subscription.dispose();
          },
        };
      },
    };
  }

  #failure(error: unknown, { method, target }: WholeRequest): WholeResponse {
    if (error instanceof RequestError) {
      const { fields, ...response } = jsonResponse(error.status, error.body());
      const isMethod = error.code === 'method-not-allowed';
      return { ...response, fields: isMethod ? { ...fields, allow: error.expected ?? '' } : fields };
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.warn(`control socket: ${method} ${target} failed: ${reason}`);
    const message = messageOf(error);
    return jsonResponse(HTTP_STATUS.internal, { error: 'internal', message } satisfies ErrorBody);
  }
}

/** @throws SocketPathError */
function open(path: string): number {
  try {
    return listenOn({ family: 'unix', path });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new SocketPathError(`control socket ${path}: ${error.message}`, { cause: error });
  }
}
