/**
 * Who may ask for what. Any user of this machine, and any web page in a browser here, can connect to a loopback port:
 *
 *   Host            names this machine, or the request comes by a name that a web site made up (DNS rebinding).
 *   Origin          of whatever is not a plain reading of the page is this very server.
 *   Sec-Fetch-Site  says the same for the browser itself. `same-site` is refused: another user's port on 127.0.0.1 is one site with ours.
 *   Authorization   has the token of this run. It is no cookie: a browser sends those to every port of a host, and so to every user's.
 *
 * A page of another origin cannot set Authorization without being asked to by us (no CORS header is ever sent), and there is nothing
 * that a browser would send along by itself: a forged request has no rights (CSRF). Pure.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopbackHost } from '../../cli/loopback.js';

export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    /** of HTTP */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** @throws Refusal when the request comes by a foreign name */
export function requireOwnHost({ host }: IncomingHttpHeaders): void {
  if (!isLoopbackHost(host)) throw new Refusal(403, 'The header Host has to name this machine');
}

/** @throws Refusal when another page has made the request, or the token is not that of this run */
export function requireToken(headers: IncomingHttpHeaders, token: string): void {
  const { origin, host, authorization = '' } = headers;
  if (origin !== undefined && origin !== `http://${host ?? ''}`)
    throw new Refusal(403, 'Another page has made this request');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin')
    throw new Refusal(403, 'Another page has made this request');
  const given = /^Bearer (\S+)$/.exec(authorization)?.[1];
  if (given === undefined || !isSame(given, token))
    throw new Refusal(401, "The token is missing, or is not that of this run of 'foster web'");
}

/** @throws Refusal; what changes something has a body of JSON, which no form can send */
export function requireJson(headers: IncomingHttpHeaders): void {
  const [type] = (headers['content-type'] ?? '').split(';');
  if (type?.trim() !== 'application/json') throw new Refusal(415, 'Expected content-type: application/json');
}

/** Takes as long for a wrong token as for the right one. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
