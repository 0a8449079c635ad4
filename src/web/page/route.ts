/** Stores the shown job in the fragment of the address: `#/job/web`, `#/job/web/1`. */
import type { JobId } from '../wire.js';

export function jobHref({ name, instance }: JobId): string {
  return `#/job/${encodeURIComponent(name)}${instance === '' ? '' : `/${encodeURIComponent(instance)}`}`;
}

export function routedJob(fragment: string): JobId | undefined {
  const [, name, instance = ''] = /^#\/job\/([^/]+)(?:\/([^/]+))?$/.exec(fragment) ?? [];
  if (name === undefined) return undefined;
  try {
    return { name: decodeURIComponent(name), instance: decodeURIComponent(instance) };
  } catch {
    // not a valid address
    return undefined;
  }
}

const KEY = 'foster-token';

/**
 * Takes the token from the address that `foster web` prints. The browser keeps it for this host and port, and
 * it is removed from the address at once, so that neither history nor a screenshot contains it.
 */
export function takeToken(): string {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return localStorage.getItem(KEY) ?? '';
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  keepToken(given);
  return given;
}

export function keepToken(token: string): void {
  localStorage.setItem(KEY, token);
}
