/** Reads the body of a request, up to a limit, and parses it. */
import type { IncomingMessage } from 'node:http';
import { RequestError } from './errors.js';
import { BODY_BYTES } from './protocol.js';

/**
 * Reads the whole body, keeping no more than the limit. The rest is read and dropped rather than left: a Unix socket that is
 * closed with unread data resets the connection, and the client would never see the refusal (unix(7)).
 * @throws RequestError `too-large`; what the stream itself says when the client leaves in between
 */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES) chunks.push(chunk);
    });
    request.once('end', () => {
      if (size <= BODY_BYTES) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new RequestError('too-large', 'The body is too large', `at most ${BODY_BYTES} bytes`));
    });
    request.once('error', reject);
  });
}

/**
 * @returns the JSON value, or undefined when the body is empty
 * @throws RequestError `bad-request`
 */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RequestError('bad-request', `The body is not JSON: ${error.message}`, 'a JSON object');
  }
}
