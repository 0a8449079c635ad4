/** The client end of the control socket, for `foster` and `initctl`. */
import { closeSync } from 'node:fs';
import type { DescriptorWatcher, Pidfd } from '../../kernel/kernel.js';
import { openPidfd } from '../../kernel/process/pidfd.js';
import type { ErrorBody, ErrorCode } from '../errors.js';
import type { CommandErrorBody } from '../protocol.js';
import { exchange, NoAnswerError, NoHeaderError, type TakeBody } from './exchange.js';
import { connectTo, type Connected } from '../../kernel/sockets/connect.js';
import { errorCode } from '../../kernel/errno.js';
import { checkLength, SocketPathError } from '../socket-address.js';
import { requireTrustedPeer, requireTrustedSocket, type SocketPlace } from './socket-trust.js';

/**
 * There is no answer: no socket, no listener, or a lost connection. The message says which, and what to do.
 */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(
    message: string,
    /** a connection existed and was lost: foster was replaced, or has ended */
    readonly isLost: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The supervisor answered with an error. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    readonly status: number,
    /** the whole body; that of a failed command also has its answer */
    readonly body: ErrorBody | CommandErrorBody,
  ) {
    super(body.message);
  }

  get code(): ErrorCode {
    return this.body.error;
  }
}

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  /** milliseconds without an answer after which the client gives up; default 10 s; Infinity: no limit */
  readonly timeout?: number;
}

/** A supervisor answers within milliseconds; a stuck one must be reported. */
const ANSWER_MS = 10_000;

export class ControlClient {
  readonly #place: SocketPlace;

  /** @param place of the socket; a plain path counts as named by the user */
  constructor(
    place: SocketPlace | string,
    private readonly uid = process.geteuid?.() ?? 0,
  ) {
    this.#place = typeof place === 'string' ? { path: place, isNamed: true } : place;
  }

  get path(): string {
    return this.#place.path;
  }

  /**
   * Sends one request. The type of the answer is documented in docs/control.md for each path: both ends have
   * the same version.
   * @throws UnreachableError RefusedError SocketPathError
   */
  async request<Answer>(target: string, options: RequestOptions = {}): Promise<Answer> {
    let text = '';
    const status = await this.exchange(target, options, (_, chunk) => void (text += chunk));
    const answer = this.parse(text, target);
    if (status >= 400 && isErrorBody(answer)) throw new RefusedError(status, answer);
    return answer as Answer;
  }

  /** Requests one answer that is not JSON. @throws as `request` */
  async text(target: string): Promise<string> {
    let text = '';
    const status = await this.exchange(target, {}, (_, chunk) => void (text += chunk));
    if (status >= 400) throw new RefusedError(status, this.parse(text, target) as ErrorBody);
    return text;
  }

  /** Follows a stream of JSON lines until it ends or `stop` fires. */
  async follow(target: string, entry: (entry: unknown) => void, stop?: AbortSignal): Promise<void> {
    await this.followLines(
      target,
      (lines) => {
        for (const line of lines) entry(this.parse(line, target));
      },
      stop,
    );
  }

  /**
   * Follows a stream of lines, for callers that pass them on unparsed or in batches.
   * @param take receives the lines that arrived together, without line ends; no more are read until its
   * result is resolved
   */
  async followLines(
    target: string,
    take: (lines: readonly string[]) => void | Promise<void>,
    stop?: AbortSignal,
  ): Promise<void> {
    let rest = '';
    const cut = (status: number, chunk: string) => {
      rest += chunk;
      if (status >= 400) return undefined;
      const lines = rest.split('\n');
      rest = lines.pop()!;
      return lines.length > 0 ? take(lines) : undefined;
    };
    const status = await this.exchange(target, {}, cut, stop);
    if (status >= 400) throw new RefusedError(status, this.parse(rest, target) as ErrorBody);
  }

  /**
   * Returns a pidfd of the listening process, to wait for its exit: it closes its connections earlier. Undefined if it is in a pid namespace that cannot be seen from here.
   * @throws UnreachableError SocketPathError
   */
  supervisorProcess(watcher: DescriptorWatcher): Pidfd | undefined {
    try {
      const { fd, peer } = this.connect();
      closeSync(fd);
      return openPidfd(peer.pid, watcher);
    } catch (error) {
      if (error instanceof SocketPathError) throw error;
      throw new UnreachableError(this.reason(error, ANSWER_MS), false, { cause: error });
    }
  }

  private async exchange(
    target: string,
    options: RequestOptions,
    body: TakeBody,
    stop?: AbortSignal,
  ): Promise<number> {
    const timeout = options.timeout ?? ANSWER_MS;
    const text = options.body === undefined ? undefined : JSON.stringify(options.body);
    let isConnected = false;
    try {
      const { fd } = this.connect();
      isConnected = true;
      return await exchange({ fd, method: options.method ?? 'GET', target, text, timeout, stop }, body);
    } catch (error) {
      if (error instanceof SocketPathError) throw error;
      const isLost = isConnected && !(error instanceof NoAnswerError);
      throw new UnreachableError(this.reason(error, timeout), isLost, { cause: error });
    }
  }

  /** @throws SocketPathError if somebody else could listen there, or does; SystemError if nobody does */
  private connect(): Connected {
    checkLength(this.path);
    requireTrustedSocket(this.#place, this.uid);
    const connected = connectTo(this.path, ANSWER_MS);
    try {
      requireTrustedPeer(this.#place, this.uid, connected.peer);
      return connected;
    } catch (error) {
      closeSync(connected.fd);
      throw error;
    }
  }

  private reason(error: unknown, timeout: number): string {
    if (error instanceof NoAnswerError)
      return `the supervisor at ${this.path} did not answer within ${timeout / 1000} s`;
    if (error instanceof NoHeaderError)
      return `the supervisor at ${this.path} closed the connection before it answered`;
    const code = errorCode(error) ?? String(error);
    switch (code) {
      case 'ENOENT':
        return `no supervisor listens at ${this.path}: there is no such socket (is foster running? FOSTER_SOCKET or --socket names another)`;
      case 'ECONNREFUSED':
        return `no supervisor listens at ${this.path}: the socket was left behind by one that has ended`;
      case 'EACCES':
        return `the socket ${this.path} may not be used by this user`;
      case 'EAGAIN':
        return `the supervisor at ${this.path} has not taken the connection within ${ANSWER_MS / 1000} s: too many others wait`;
      case 'ECONNRESET':
      case 'EPIPE':
        return `the connection to the supervisor at ${this.path} was lost`;
      default:
        return `the supervisor at ${this.path} cannot be reached: ${code}`;
    }
  }

  private parse(text: string, target: string): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new UnreachableError(
        `${this.path} answered ${target} with something that is not JSON: cut off, or not foster's socket`,
        true,
        { cause: error },
      );
    }
  }
}

function isErrorBody(answer: unknown): answer is ErrorBody {
  return typeof answer === 'object' && answer !== null && 'error' in answer && 'message' in answer;
}
