/** Reads a chunked request body (RFC 9112, 7.1), sent by clients that do not know its length in advance. */
import { RequestError } from '../errors.js';

/** A size in hexadecimal digits with extensions, or a trailer field: no client sends longer lines. */
const LINE_BYTES = 1024;
/** Trailer fields are read and dropped. */
const TRAILER_LINES = 32;

const LF = 10;

type Part =
  | { readonly kind: 'size' | 'end-of-chunk' }
  | { readonly kind: 'data'; readonly missing: number }
  | { readonly kind: 'trailer'; readonly lines: number }
  | { readonly kind: 'complete' };

export class ChunkedBody {
  #part: Part = { kind: 'size' };
  readonly #data: Buffer[] = [];
  #size = 0;

  /** @param limit bytes that the body may have */
  constructor(private readonly limit: number) {}

  get isComplete(): boolean {
    return this.#part.kind === 'complete';
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#data);
  }

  /**
   * Processes bytes of the body.
   * @returns the number of bytes used; an unfinished line is left, and must be passed again with more
   * @throws RequestError for an invalid chunk, or a body above the limit
   */
  take(bytes: Buffer): number {
    let at = 0;
    while (this.#part.kind !== 'complete') {
      const taken =
        this.#part.kind === 'data'
          ? this.#takeData(this.#part.missing, bytes.subarray(at))
          : this.#takeLine(bytes.subarray(at));
      if (taken === 0) break;
      at += taken;
    }
    return at;
  }

  #takeData(missing: number, bytes: Buffer): number {
    const part = bytes.subarray(0, missing);
    if (part.length === 0) return 0;
    this.#data.push(part);
    const left = missing - part.length;
    this.#part = left === 0 ? { kind: 'end-of-chunk' } : { kind: 'data', missing: left };
    return part.length;
  }

  #takeLine(bytes: Buffer): number {
    const end = bytes.indexOf(LF);
    if (end < 0 && bytes.length <= LINE_BYTES) return 0;
    if (end < 0 || end > LINE_BYTES)
      throw new RequestError('bad-request', 'A line of a chunked body is too long');
    const line = bytes.toString('latin1', 0, end).replace(/\r$/, '');
    this.#part = this.#after(line);
    return end + 1;
  }

  #after(line: string): Part {
    switch (this.#part.kind) {
      case 'size':
        return this.#begin(line);
      case 'end-of-chunk':
        if (line === '') return { kind: 'size' };
        throw new RequestError('bad-request', 'A chunk of the body is longer than its stated size');
      case 'trailer':
        if (line === '') return { kind: 'complete' };
        if (this.#part.lines >= TRAILER_LINES)
          throw new RequestError('bad-request', 'Too many trailer fields');
        return { kind: 'trailer', lines: this.#part.lines + 1 };
      case 'data':
      case 'complete':
        return this.#part;
    }
  }

  #begin(line: string): Part {
    const digits = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (digits === undefined)
      throw new RequestError('bad-request', `Not the size of a chunk: ${JSON.stringify(line.slice(0, 40))}`);
    const size = parseInt(digits, 16);
    this.#size += size;
    if (this.#size > this.limit)
      throw new RequestError('too-large', 'The body is too large', `at most ${this.limit} bytes`);
    return size === 0 ? { kind: 'trailer', lines: 0 } : { kind: 'data', missing: size };
  }
}
