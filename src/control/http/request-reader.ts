/**
 * Parses HTTP/1.x requests (RFC 9112) from the bytes of one connection, one at a time. Pure: bytes in,
 * requests out. node:http parses all pipelined requests and delivers them at once; it has no public way to
 * deliver one at a time.
 */
import { RequestError } from '../errors.js';
import { BODY_BYTES } from '../protocol.js';
import { ChunkedBody } from './chunked-body.js';

/** Maximum length of request line and header fields together, as in Node's server and nginx. */
const HEAD_BYTES = 16 * 1024;

/** RFC 6585, 5: status 413 would be about the body. */
const HEAD_STATUS = { tooLarge: 431 };

/** Request line: method, target, version. A target has no white space and no control characters. */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
/** Header field; leading white space would mean a folded line, which RFC 9112 forbids. */
const HEADER_FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** minor version of HTTP/1 */
  readonly minor: 0 | 1;
  /** names in lower case; several fields of one name are joined by commas */
  readonly headers: ReadonlyMap<string, string>;
}

export interface WholeRequest extends RequestHead {
  readonly body: string;
}

/** `continue`: the client waits for permission to send its body (RFC 9110, 10.1.1); once per request. */
export type ReadStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'request'; readonly request: WholeRequest };

/** Processes bytes of a body and returns how many belong to it. */
interface BodyReader {
  take(bytes: Buffer): number;
  readonly isComplete: boolean;
  readonly bytes: Buffer;
}

export class RequestReader {
  #pending: Buffer = Buffer.alloc(0);
  /** where the search for the end of the head continues */
  #searched = 0;
  #head: RequestHead | undefined;
  #body: BodyReader | undefined;
  #mayContinue = false;

  /** Returns the number of bytes received that belong to no request yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Tests whether a request has started and is not complete. */
  get isInRequest(): boolean {
    return this.#head !== undefined || this.#pending.length > 0;
  }

  /** Returns the request whose body is missing or was refused, for messages. */
  get head(): RequestHead | undefined {
    return this.#head;
  }

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
  }

  /**
   * Parses as far as the bytes allow.
   * @throws RequestError for an invalid or too large request; the connection is then unusable
   */
  next(): ReadStep {
    this.#head ??= this.#readHead();
    if (this.#head === undefined) return { kind: 'more' };
    this.#body ??= bodyOf(this.#head);
    this.#pending = this.#pending.subarray(this.#body.take(this.#pending));
    if (this.#body.isComplete) return { kind: 'request', request: this.#complete(this.#head, this.#body) };
    if (!this.#mayContinue || this.#body.bytes.length > 0) return { kind: 'more' };
    this.#mayContinue = false;
    return { kind: 'continue' };
  }

  #complete(head: RequestHead, body: BodyReader): WholeRequest {
    this.#head = undefined;
    this.#body = undefined;
    this.#searched = 0;
    return { ...head, body: body.bytes.toString('utf8') };
  }

  #readHead(): RequestHead | undefined {
    this.#skipEmptyLines();
    const end = this.#endOfHead();
    if (end === undefined) {
      if (this.#pending.length > HEAD_BYTES) throw headTooLarge();
      return undefined;
    }
    if (end.start > HEAD_BYTES) throw headTooLarge();
    const head = parseHead(this.#pending.toString('latin1', 0, end.start));
    this.#pending = this.#pending.subarray(end.next);
    this.#mayContinue = head.minor === 1 && head.headers.get('expect')?.toLowerCase() === '100-continue';
    return head;
  }

  /** Skips empty lines: a client may send a surplus one after a body (RFC 9112, 2.2). */
  #skipEmptyLines(): void {
    let at = 0;
    while (this.#pending[at] === CR || this.#pending[at] === LF) at += 1;
    if (at > 0) this.#pending = this.#pending.subarray(at);
  }

  /** Finds the empty line, with or without carriage returns, only in bytes not searched before. */
  #endOfHead(): { readonly start: number; readonly next: number } | undefined {
    for (let at = this.#searched; at < this.#pending.length; at += 1) {
      at = this.#pending.indexOf(LF, at);
      if (at < 0) break;
      if (this.#pending[at + 1] === LF) return { start: at, next: at + 2 };
      if (this.#pending[at + 1] === CR && this.#pending[at + 2] === LF) return { start: at, next: at + 3 };
    }
    this.#searched = Math.max(0, this.#pending.length - 2);
    return undefined;
  }
}

const CR = 13;
const LF = 10;

function parseHead(text: string): RequestHead {
  const [first = '', ...fields] = text
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const line = REQUEST_LINE.exec(first);
  if (line === null) {
    throw new RequestError(
      'bad-request',
      `Not an HTTP request: ${JSON.stringify(first.slice(0, 80))}`,
      'HTTP/1.1',
    );
  }
  const headers = new Map<string, string>();
  for (const text of fields) {
    const field = HEADER_FIELD.exec(text);
    if (field === null) {
      throw new RequestError(
        'bad-request',
        `Not an HTTP header field: ${JSON.stringify(text.slice(0, 80))}`,
        'NAME: VALUE',
      );
    }
    const name = field[1]!.toLowerCase();
    const before = headers.get(name);
    headers.set(name, before === undefined ? field[2]! : `${before}, ${field[2]!}`);
  }
  return { method: line[1]!, target: line[2]!, minor: line[3] === '0' ? 0 : 1, headers };
}

function bodyOf({ headers }: RequestHead): BodyReader {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined) {
    if (length !== undefined)
      throw new RequestError('bad-request', 'A body with two lengths', 'content-length alone');
    if (coding.toLowerCase() !== 'chunked')
      throw new RequestError('bad-request', `transfer-encoding: ${coding}`, 'chunked');
    return new ChunkedBody(BODY_BYTES);
  }
  if (length === undefined) return new SizedBody(0);
  if (!/^\d{1,15}$/.test(length))
    throw new RequestError('bad-request', `content-length: ${length}`, 'a number');
  if (Number(length) > BODY_BYTES) throw bodyTooLarge();
  return new SizedBody(Number(length));
}

class SizedBody implements BodyReader {
  #parts: Buffer[] = [];
  #missing: number;

  constructor(length: number) {
    this.#missing = length;
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  take(bytes: Buffer): number {
    const part = bytes.subarray(0, this.#missing);
    if (part.length > 0) this.#parts.push(part);
    this.#missing -= part.length;
    return part.length;
  }
}

function bodyTooLarge(): RequestError {
  return new RequestError('too-large', 'The body is too large', `at most ${BODY_BYTES} bytes`);
}

function headTooLarge(): RequestError {
  const { tooLarge } = HEAD_STATUS;
  return new RequestError(
    'too-large',
    'The request header is too large',
    `at most ${HEAD_BYTES} bytes`,
    tooLarge,
  );
}
