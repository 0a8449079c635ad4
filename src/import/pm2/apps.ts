/** Reads the apps that a file of pm2 declares, in any of its forms. Pure. */
import JSON5 from 'json5';
import { parseDocument } from 'yaml';
import { messageOf } from '../../text/phrases.js';

/** One app as written, including settings that pm2 does not know. */
export type App = Readonly<Record<string, unknown>>;

export type Apps =
  | { readonly ok: true; readonly apps: readonly App[]; readonly others: readonly string[] }
  | { readonly ok: false; readonly why: string };

/** Parses a `.json` file (for pm2 it is JavaScript: comments, names without quotes) or a `.yml` file. */
export function readApps(text: string, form: 'json' | 'yaml'): Apps {
  try {
    return appsIn(form === 'json' ? JSON5.parse(text.replace(/^\ufeff/, '')) : parsedYaml(text));
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  }
}

function parsedYaml(text: string): unknown {
  const document = parseDocument(text, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document.toJS({ maxAliasCount: 100 });
}

/** Returns the apps of `{ apps: [...] }`, `{ apps: {...} }`, a list, or a single app. */
export function appsIn(value: unknown): Apps {
  if (Array.isArray(value)) return { ok: true, apps: value.filter(isApp), others: [] };
  if (!isApp(value)) return { ok: false, why: 'there is no object with `apps`' };
  const list = value['apps'] ?? value['pm2'];
  const others = Object.keys(value).filter((key) => key !== 'apps' && key !== 'pm2');
  if (Array.isArray(list)) return { ok: true, apps: list.filter(isApp), others };
  if (isApp(list)) return { ok: true, apps: [list], others };
  if ('script' in value || 'cmd' in value) return { ok: true, apps: [value], others: [] };
  return { ok: false, why: 'there are no `apps`, and no `script`' };
}

function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
