/** Reads the body of a request, up to a limit. */
import type { IncomingMessage } from 'node:http';
import { Refusal } from './guard.js';
import { messageOf } from '../../text/phrases.js';

/** Actions are far smaller. */
const LIMIT = 4096;

/**
 * Reads a body as JSON.
 * @throws Refusal when it is too large or not JSON
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > LIMIT) throw new Refusal(413, `The body has more than ${LIMIT} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${messageOf(error)}`);
  }
}
