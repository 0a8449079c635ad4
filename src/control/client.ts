/** The client's end of the control socket, for `foster` and `initctl`. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { ErrorBody, ErrorCode } from './errors.js';
import { checkLength, errorCode } from './socket-path.js';

/** Nobody answers: no socket, nobody listening, or the connection was lost. The message says which, and what to do. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The supervisor answered with an error. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    readonly status: number,
    /** the whole body: beside the error it may hold the answer of a failed command */
    readonly body: ErrorBody,
  ) {
    super(body.message);
  }

  get code(): ErrorCode {
    return this.body.error;
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  /** milliseconds without an answer after which the client gives up; default 10 s; Infinity waits as long as it takes */
  readonly timeout?: number;
}

/** A supervisor answers within milliseconds; one that is stuck is to be reported, not waited for. */
const ANSWER_MS = 10_000;

export class ControlClient {
  constructor(readonly path: string) {}

  /**
   * One request. The type of the answer is what docs/control.md says of the path: both ends are of one version.
   * @throws UnreachableError RefusedError
   */
  async request<Answer>(target: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.send(target, options);
    const text = await this.lost(target, readText(response));
    const status = response.statusCode ?? 0;
    const answer = this.parse(text, target);
    if (status >= 400 && isErrorBody(answer)) throw new RefusedError(status, answer);
    return answer as Answer;
  }

  /**
   * Follows a stream of JSON lines until it ends or `stop` fires.
   * @throws UnreachableError RefusedError
   */
  async follow(target: string, entry: (entry: unknown) => void, stop?: AbortSignal): Promise<void> {
    const response = await this.send(target, {});
    if ((response.statusCode ?? 0) >= 400) {
      const answer = this.parse(await this.lost(target, readText(response)), target);
      throw new RefusedError(response.statusCode ?? 0, answer as ErrorBody);
    }
    stop?.addEventListener('abort', () => response.destroy(), { once: true });
    await this.lost(
      target,
      readLines(response, (line) => entry(this.parse(line, target))).catch((error: unknown) => {
        if (stop?.aborted !== true) throw error;
      }),
    );
  }

  private send(target: string, options: RequestOptions): Promise<IncomingMessage> {
    checkLength(this.path);
    const { promise, resolve, reject } = deferred<IncomingMessage>();
    const text = options.body === undefined ? undefined : JSON.stringify(options.body);
    const timeout = options.timeout ?? ANSWER_MS;
    const request = httpRequest({
      socketPath: this.path,
      path: target,
      method: options.method ?? 'GET',
      agent: false,
      headers:
        text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    });
    if (Number.isFinite(timeout)) {
      request.setTimeout(timeout, () => {
        request.destroy(
          new UnreachableError(`the supervisor at ${this.path} did not answer within ${timeout / 1000} s`),
        );
      });
    }
    request.once('response', (response) => {
      request.setTimeout(0);
      resolve(response);
    });
    request.on('error', (error) => reject(this.explain(error)));
    request.end(text);
    return promise;
  }

  private async lost<T>(target: string, reading: Promise<T>): Promise<T> {
    return reading.catch((error: unknown) => {
      throw new UnreachableError(
        `the connection to the supervisor at ${this.path} was lost during ${target}`,
        {
          cause: error,
        },
      );
    });
  }

  private explain(error: Error): Error {
    if (error instanceof UnreachableError) return error;
    return new UnreachableError(this.reason(errorCode(error) ?? error.message), { cause: error });
  }

  private reason(code: string): string {
    switch (code) {
      case 'ENOENT':
        return `no supervisor listens at ${this.path}: there is no such socket (is foster running? FOSTER_SOCKET or --socket names another)`;
      case 'ECONNREFUSED':
        return `no supervisor listens at ${this.path}: the socket was left behind by one that has ended`;
      case 'EACCES':
        return `the socket ${this.path} may not be used by this user`;
      case 'ECONNRESET':
      case 'EPIPE':
        return `the supervisor at ${this.path} closed the connection before it answered`;
      default:
        return `the supervisor at ${this.path} cannot be reached: ${code}`;
    }
  }

  private parse(text: string, target: string): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new UnreachableError(
        `${this.path} answered ${target} with something that is not JSON: is it foster's socket?`,
        {
          cause: error,
        },
      );
    }
  }
}

function isErrorBody(answer: unknown): answer is ErrorBody {
  return typeof answer === 'object' && answer !== null && 'error' in answer && 'message' in answer;
}

function readText(response: IncomingMessage): Promise<string> {
  const { promise, resolve, reject } = deferred<string>();
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (text += chunk));
  response.once('end', () => resolve(text));
  response.once('error', reject);
  return promise;
}

/** Ends with the response; calls back for each line as it comes. */
function readLines(response: IncomingMessage, take: (line: string) => void): Promise<void> {
  const { promise, resolve, reject } = deferred<undefined>();
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    lines.forEach(take);
  });
  // `close` alone is what follows our own destroy(); a connection that was lost says `error` first
  response.once('close', () => resolve(undefined));
  response.once('error', reject);
  return promise;
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
