/** The text of answers (RFC 9112): a header, and a body that is whole or comes in chunks. */
import { REASONS } from './reasons.js';

/** Header fields beside those that follow from the kind of the answer. */
export type ResponseFields = Readonly<Record<string, string>>;

export interface WholeResponse {
  readonly status: number;
  readonly fields: ResponseFields;
  readonly body: string;
}

export interface Delivery {
  /** the client may send another request on the same connection */
  readonly keepAlive: boolean;
  /** a HEAD request: the header as if there were a body */
  readonly withoutBody?: boolean;
}

export function wholeResponse({ status, fields, body }: WholeResponse, delivery: Delivery): string {
  const all = { ...fields, 'content-length': String(Buffer.byteLength(body)) };
  return `${header(status, all, delivery.keepAlive)}${delivery.withoutBody === true ? '' : body}`;
}

/** The header of a body whose length nobody knows yet. In HTTP/1.0 its end is the end of the connection. */
export function streamHeader(contentType: string, minor: 0 | 1): string {
  const fields = { 'content-type': contentType };
  return header(200, minor === 0 ? fields : { ...fields, 'transfer-encoding': 'chunked' }, false);
}

/** One chunk of such a body. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

function header(status: number, fields: ResponseFields, keepAlive: boolean): string {
  const all = { ...fields, date: new Date().toUTCString(), connection: keepAlive ? 'keep-alive' : 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`;
}
