import t from 'tap';
import { RequestError } from '../../../src/control/errors.js';
import { RequestReader, type ReadStep } from '../../../src/control/http/request-reader.js';

/** All that comes of `text`, sent in pieces of so many bytes. */
function read(text: string, size = text.length): ReadStep[] {
  const reader = new RequestReader();
  const bytes = Buffer.from(text, 'latin1');
  const steps: ReadStep[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, at + size));
    for (let step = reader.next(); step.kind !== 'more'; step = reader.next()) steps.push(step);
  }
  return steps;
}

function refusal(text: string): RequestError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text.slice(0, 40))} was not refused`);
}

const GET = 'GET /v1/jobs?match=a HTTP/1.1\r\nHost: foster\r\nX: 1\r\nx:  2 \r\n\r\n';
const POST = 'POST /v1/events HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello';
const CHUNKED =
  'POST /v1/events HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\ntrailer: x\r\n\r\n';

t.test('a request is the same in whatever pieces it comes', (t) => {
  for (const size of [1, 2, 7, 10_000]) {
    t.match(read(GET, size), [
      { kind: 'request', request: { method: 'GET', target: '/v1/jobs?match=a', minor: 1, body: '' } },
    ]);
    t.match(read(POST, size), [{ kind: 'request', request: { method: 'POST', body: 'hello' } }]);
    t.match(read(CHUNKED, size), [{ kind: 'request', request: { method: 'POST', body: 'hello' } }]);
  }
  const [step] = read(GET);
  t.equal(step?.kind === 'request' && step.request.headers.get('x'), '1, 2', 'fields of one name are joined');
  t.end();
});

t.test('requests that were sent together come one after the other', (t) => {
  const bodies = read(`${POST}${GET}\r\n${CHUNKED}${POST}`, 11).map(
    (step) => step.kind === 'request' && step.request.body,
  );
  t.same(bodies, ['hello', '', 'hello', 'hello']);
  t.end();
});

t.test('lines may end without carriage return, as netcat sends them', (t) => {
  t.match(read('GET / HTTP/1.0\nhost: x\n\n'), [{ kind: 'request', request: { target: '/', minor: 0 } }]);
  t.end();
});

t.test('a client that asks for leave to send its body gets it once, and not when the body is there', (t) => {
  const head = 'POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';
  const reader = new RequestReader();
  reader.push(Buffer.from(head));
  t.same(reader.next(), { kind: 'continue' });
  t.same(reader.next(), { kind: 'more' });
  reader.push(Buffer.from('ok'));
  t.match(reader.next(), { kind: 'request', request: { body: 'ok' } });
  t.same(
    read(`${head}ok`).map(({ kind }) => kind),
    ['request'],
  );
  t.end();
});

t.test('what is no request, or is too large, is refused with what was expected', (t) => {
  const cases: readonly [string, string, RegExp, number][] = [
    ['start sshd\r\n\r\n', 'bad-request', /Not an HTTP request: "start sshd"/, 400],
    ['GET / HTTP/2.0\r\n\r\n', 'bad-request', /Not an HTTP request/, 400],
    ['GET / HTTP/1.1\r\n folded\r\n\r\n', 'bad-request', /header field: " folded"/, 400],
    ['GET / HTTP/1.1\r\nname : x\r\n\r\n', 'bad-request', /header field/, 400],
    ['POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n', 'bad-request', /content-length/, 400],
    [
      'POST / HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n',
      'bad-request',
      /content-length/,
      400,
    ],
    ['POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n', 'too-large', /body/, 413],
    ['POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n', 'bad-request', /transfer-encoding/, 400],
    [
      'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n',
      'bad-request',
      /two lengths/,
      400,
    ],
    [
      'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
      'bad-request',
      /size of a chunk: "xyz"/,
      400,
    ],
    [
      'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n',
      'bad-request',
      /longer than its stated size/,
      400,
    ],
    ['POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n', 'too-large', /body/, 413],
    [
      `POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n${'1'.repeat(2000)}`,
      'bad-request',
      /too long/,
      400,
    ],
    [`GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}`, 'too-large', /header/, 431],
    [`GET /${'y'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 'too-large', /header/, 431],
  ];
  for (const [text, code, message, status] of cases) {
    const error = refusal(text);
    t.equal(error.code, code, JSON.stringify(text.slice(0, 60)));
    t.match(error.message, message);
    t.equal(error.status, status);
  }
  t.end();
});
