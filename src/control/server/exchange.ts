/**
 * One request and its answer, as HTTP/1.0: the server then neither keeps the connection nor cuts the answer into chunks, so
 * that everything behind the header is the body. node:http would do as well, but takes 7 ms more for the first request of
 * a process (reading its modules, its parser and its agent), a tenth of what `foster status` takes.
 */
import { Socket } from 'node:net';
import { setLongTimeout } from '../../long-timer.js';

export interface ExchangeRequest {
  /** a connection that has just been made; it is closed here */
  readonly fd: number;
  readonly method: string;
  readonly target: string;
  /** the body */
  readonly text: string | undefined;
  /** milliseconds until the first byte of the answer; Infinity waits as long as it takes */
  readonly timeout: number;
  /** ends the exchange early, without an error */
  readonly stop?: AbortSignal | undefined;
}

/** Nothing came in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** The connection ended before the header was complete. */
export class NoHeaderError extends Error {
  override readonly name = 'NoHeaderError';
}

/** Takes a piece of the body. No more is read from the connection until what it returns has been resolved. */
export type TakeBody = (status: number, chunk: string) => void | Promise<void>;

/**
 * Sends `request` and hands out the body as it comes.
 * @returns the HTTP status, when the answer has ended
 * @throws NoAnswerError, NoHeaderError, or what read(2) and write(2) say
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
