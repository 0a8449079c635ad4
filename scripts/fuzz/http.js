/** Conversations in HTTP/1.1: requests that are right, and others that are damaged. */
import fc from 'fast-check';
import { damaged, oddText } from './words.js';

const PATHS = [
  '/v1/version',
  '/v1/jobs',
  '/v1/jobs/a',
  '/v1/jobs/a/start',
  '/v1/jobs/%2e%2e',
  '/v1/jobs/%',
  '/v1/health?level=ready',
  '/v1/jobs?match=*',
  '/v1/events?follow=false',
  '/v1/pending',
  '/v1/nothing',
  '/',
  '*',
  'http://x/v1/jobs',
];
const BODIES = [
  '',
  '{}',
  '{"wait":"nothing"}',
  '{"env":["A=1"]}',
  '{"env":[1]}',
  '[]',
  '{',
  'null',
  '"x"',
  '{"timeout":1e999}',
  '{"__proto__":{}}',
  ' '.repeat(2000),
];

const right = fc.record({
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'X-Y'),
  target: fc.constantFrom(...PATHS),
  body: fc.constantFrom(...BODIES),
  encoding: fc.constantFrom('length', 'chunked', 'chunked-small'),
  header: fc.constantFrom('', 'connection: close\r\n', 'expect: 100-continue\r\n', 'x: y\r\n', 'X:\r\n'),
  isRight: fc.constant(true),
});
const examples = [
  'GET /v1/version HTTP/1.1\r\nhost: f\r\n\r\n',
  'POST /v1/jobs/a/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}',
  'POST /v1/jobs/a/stop HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
];
const HEADERS = [
  'content-length: 5\r\n',
  'content-length: -1\r\n',
  'content-length: 99999999999\r\n',
  'transfer-encoding: gzip\r\n',
  'transfer-encoding: chunked\r\n',
  ' folded\r\n',
  'a b: c\r\n',
  `x: ${'y'.repeat(17_000)}\r\n`,
  'ffffffff\r\n',
  '0;x=y\r\n',
];
const wrong = fc.oneof(damaged(examples, HEADERS), oddText).map((text) => ({ text, isRight: false }));

export const conversation = fc.array(
  fc.oneof({ weight: 3, arbitrary: right }, { weight: 2, arbitrary: wrong }),
  { minLength: 1, maxLength: 5 },
);

/** As it is sent, in latin1. */
export function textOf({ text, method, target, body, encoding, header }) {
  if (text !== undefined) return text;
  const head = `${method} ${target} HTTP/1.1\r\nhost: foster\r\n${header}`;
  if (encoding === 'length') return `${head}content-length: ${body.length}\r\n\r\n${body}`;
  const size = encoding === 'chunked' ? 1000 : 3;
  const chunks = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return `${head}transfer-encoding: chunked\r\n\r\n${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
}
