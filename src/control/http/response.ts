/** Formats replies (RFC 9112): a header, and a whole or chunked body. */

/** Header fields other than the standard ones. */
type ResponseFields = Readonly<Record<string, string>>;

export interface WholeResponse {
  readonly status: number;
  readonly fields: ResponseFields;
  readonly body: string;
}

interface Delivery {
  /** the client may send another request on the same connection */
  readonly keepAlive: boolean;
  /** a HEAD request: the header as if there were a body */
  readonly withoutBody?: boolean;
}

export function wholeResponse({ status, fields, body }: WholeResponse, delivery: Delivery): string {
  const all = { ...fields, 'content-length': String(Buffer.byteLength(body)) };
  return `${header(status, all, delivery.keepAlive)}${delivery.withoutBody === true ? '' : body}`;
}

/** Returns the header of a body of unknown length. In HTTP/1.0 it ends with the connection. */
export function streamHeader(contentType: string, minor: 0 | 1): string {
  const fields = { 'content-type': contentType };
  return header(200, minor === 0 ? fields : { ...fields, 'transfer-encoding': 'chunked' }, false);
}

/** Returns one chunk of such a body. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

function header(status: number, fields: ResponseFields, keepAlive: boolean): string {
  const all = { ...fields, date: new Date().toUTCString(), connection: keepAlive ? 'keep-alive' : 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n`;
}

/**
 * The reason phrases of the statuses in use (RFC 9110, section 15). node:http has a table, but takes 7 ms to
 * load.
 */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
