/** Which job is shown is in the fragment of the address: `#/job/web`, `#/job/web/1`. */
import type { JobId } from './connection.js';

export function jobHref({ name, instance }: JobId): string {
  return `#/job/${encodeURIComponent(name)}${instance === '' ? '' : `/${encodeURIComponent(instance)}`}`;
}

export function routedJob(fragment: string): JobId | undefined {
  const [, name, instance = ''] = /^#\/job\/([^/]+)(?:\/([^/]+))?$/.exec(fragment) ?? [];
  if (name === undefined) return undefined;
  try {
    return { name: decodeURIComponent(name), instance: decodeURIComponent(instance) };
  } catch {
    // no address of ours
    return undefined;
  }
}

const KEY = 'foster-token';

/**
 * The token comes with the address that `foster web` prints. It is kept by the browser for this address and port alone, and is taken
 * out of the address at once, so that neither history nor a screenshot has it.
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
