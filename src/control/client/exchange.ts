/**
 * One request and its answer, as HTTP/1.0: the server then neither keeps the connection nor uses chunks, so
 * everything after the header is the body. node:http would work, too, but takes 7 ms more for a process's
 * first request (loading modules, parser and agent), a tenth of `foster status`.
 */
import { Socket } from 'node:net';
import { setLongTimeout } from '../../long-timer.js';

interface ExchangeRequest {
  /** a new connection; it is closed here */
  readonly fd: number;
  readonly method: string;
  readonly target: string;
  /** the body */
  readonly text: string | undefined;
  /** milliseconds until the first byte of the answer; Infinity: no limit */
  readonly timeout: number;
  /** ends the exchange early, without an error */
  readonly stop?: AbortSignal | undefined;
}

/** Thrown if no answer came in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Thrown if the connection ended before the header was complete. */
export class NoHeaderError extends Error {
  override readonly name = 'NoHeaderError';
}

/** Receives a piece of the body. No more is read from the connection until its result has been resolved. */
export type TakeBody = (status: number, chunk: string) => void | Promise<void>;

/**
 * Sends `request` and passes on the body as it arrives.
 * @returns the HTTP status, when the answer has ended
 * @throws NoAnswerError, NoHeaderError, or the errors of read(2) and write(2)
 */
export function exchange(request: ExchangeRequest, body: TakeBody): Promise<number> {
  return new Promise((resolve, reject) => {
    let header = '';
    let status: number | undefined;
    const socket = new Socket({ fd: request.fd, readable: true, writable: true });
    socket.setEncoding('utf8');
    const take = (chunk: string): void => {
      const taken = body(status!, chunk);
      if (taken === undefined) return;
      socket.pause();
      taken.then(
        () => socket.resume(),
        (error: unknown) => socket.destroy(error as Error),
      );
    };
    const late = setLongTimeout(() => socket.destroy(new NoAnswerError()), request.timeout);
    socket.on('data', (chunk: string) => {
      if (status !== undefined) {
        take(chunk);
        return;
      }
      late.dispose();
      header += chunk;
      const end = header.indexOf('\r\n\r\n');
      if (end < 0) return;
      status = Number(header.split(' ', 2)[1]);
      if (header.length > end + 4) take(header.slice(end + 4));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      late.dispose();
      if (status === undefined && request.stop?.aborted !== true) reject(new NoHeaderError());
      else resolve(status ?? 0);
    });
    socket.write(headerOf(request) + (request.text ?? ''));
    request.stop?.addEventListener('abort', () => socket.destroy(), { once: true });
  });
}

function headerOf({ method, target, text }: ExchangeRequest): string {
  const body =
    text === undefined
      ? ''
      : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
  return `${method} ${target} HTTP/1.0\r\nhost: foster\r\n${body}\r\n`;
}
