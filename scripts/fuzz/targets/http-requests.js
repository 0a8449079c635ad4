/**
 * Requests of HTTP/1.1 in any pieces: what is read is the same however the bytes come, and only a RequestError is thrown; requests that
 * are right are read as they were meant, one after the other.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { RequestError } from '../../../build/src/control/errors.js';
import { RequestReader } from '../../../build/src/control/http/request-reader.js';
import { findRoute, splitTarget } from '../../../build/src/control/server/router.js';
import { parseBody } from '../../../build/src/control/server/router.js';
import { ROUTES } from '../../../build/src/control/routes/index.js';
import { conversation, textOf } from '../http.js';

export const target = {
  input: fc.record({ requests: conversation, cuts: fc.array(fc.nat(), { maxLength: 6 }) }),
  examine({ requests, cuts }) {
    const bytes = Buffer.from(requests.map(textOf).join(''), 'latin1');
    const whole = readAll([bytes]);
    const inPieces = readAll(cut(bytes, cuts));
    if (!isDeepStrictEqual(whole, inPieces))
      throw new Error(`whole it is ${JSON.stringify(whole)}, in pieces ${JSON.stringify(inPieces)}`);
    const right = requests.findIndex(({ isRight }) => !isRight);
    const expected = requests.slice(0, right < 0 ? requests.length : right);
    expected.forEach(({ method, target: path, body }, index) => {
      const read = whole.requests[index];
      if (read?.method !== method || read.target !== path || read.body !== body)
        throw new Error(`request ${index} is ${JSON.stringify(read)}`);
    });
    for (const request of whole.requests) route(request);
    return whole.error === undefined;
  },
};

function readAll(pieces) {
  const reader = new RequestReader();
  const requests = [];
  try {
    for (const piece of pieces) {
      reader.push(piece);
      for (let step = reader.next(); step.kind !== 'more'; step = reader.next())
        if (step.kind === 'request') requests.push({ ...step.request, headers: [...step.request.headers] });
    }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { requests, error: error.code };
  }
  return { requests, rest: reader.isInRequest };
}

function cut(bytes, cuts) {
  const places = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((one, other) => one - other);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index]));
}

/** Which route it is, and its body. */
function route({ method, target: path, body }) {
  try {
    findRoute(ROUTES, method, splitTarget(path).path);
    parseBody(body);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
}
