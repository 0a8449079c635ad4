/**
 * Who may ask for what. Any user of this machine, and any web page in a browser here, can connect to a loopback port:
 *
 *   Host            names this machine; otherwise a web site may have pointed its name here (DNS rebinding).
 *   Origin          is this server, except for plain reads of the page.
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
    /** of the HTTP answer */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Checks the header Host.
 * @throws Refusal when the request used a foreign name
 */
export function requireOwnHost({ host }: IncomingHttpHeaders): void {
  if (!isLoopbackHost(host)) throw new Refusal(403, 'The header Host has to name this machine');
}

/**
 * Checks origin and token.
 * @throws Refusal when another page sent the request, or the token is not that of this run
 */
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

/**
 * Checks for a JSON body, which requests that change something must have, since no HTML form can send one.
 * @throws Refusal
 */
export function requireJson(headers: IncomingHttpHeaders): void {
  const [type] = (headers['content-type'] ?? '').split(';');
  if (type?.trim() !== 'application/json') throw new Refusal(415, 'Expected content-type: application/json');
}

/** Compares in constant time. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
