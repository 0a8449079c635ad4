/** Parses the body of a request. */
import { RequestError } from '../errors.js';

/** @returns the JSON value, or undefined for an empty body */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RequestError('bad-request', `The body is not JSON: ${error.message}`, 'a JSON object');
  }
}
