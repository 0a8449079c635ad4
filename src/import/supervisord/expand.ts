/**
 * Expands `%(NAME)s` in values of supervisord.conf, as Python formats them. A value known only at run time
 * becomes a piece of shell. Pure.
 */
import type { Piece } from '../shell-text.js';

export type Variables = Readonly<Record<string, string | number | { readonly code: string }>>;

type Expanded =
  | { readonly ok: true; readonly pieces: readonly Piece[]; readonly environment: readonly string[] }
  | { readonly ok: false; readonly why: string };

/**
 * Expands a text.
 * @param variables by name: `here`, `program_name`, `process_num`; `ENV_X` if known
 */
export function expandPercent(text: string, variables: Variables): Expanded {
  const pieces: Piece[] = [];
  const environment: string[] = [];
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '%') {
      plain += text[at]!;
      continue;
    }
    if (text[at + 1] === '%') {
      plain += '%';
      at += 1;
      continue;
    }
    const match = /^%\(([^)]*)\)([-0 +#]*)(\d*)(?:\.\d+)?([sdixXrfgeEouc])/.exec(text.slice(at));
    if (match === null)
      return { ok: false, why: `"${text.slice(at, at + 20)}" is no %(NAME)s; a percent sign is written %%` };
    const [whole, name = '', flags = '', width = '', type = 's'] = match;
    at += whole.length - 1;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const fromEnvironment = /^ENV_([A-Za-z_]\w*)$/.exec(name)?.[1];
    if (typeof value === 'string' || typeof value === 'number')
      plain += format(value, flags, Number(width || 0), type);
    else if (value !== undefined || fromEnvironment !== undefined) {
      if (plain !== '') pieces.push({ text: plain });
      plain = '';
      const code = value === undefined ? `\${${fromEnvironment!}}` : value.code;
      pieces.push({ code: formatted(code, `${flags}${width}`, type) });
      if (value === undefined) environment.push(fromEnvironment!);
    } else return { ok: false, why: `there is no variable ${name}` };
  }
  if (plain !== '' || pieces.length === 0) pieces.push({ text: plain });
  return { ok: true, pieces, environment };
}

/** Formats the value in the shell to its width: `$(printf '%02d' "$INSTANCE")`. */
function formatted(code: string, width: string, type: string): string {
  return width === '' ? code : `$(printf '%${width}${type}' "${code}")`;
}

function format(value: string | number, flags: string, width: number, type: string): string {
  const number = type === 's' || type === 'r' ? undefined : Number(value);
  const text =
    number === undefined ? String(value) : /[xX]/.test(type) ? number.toString(16) : String(number);
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') && number !== undefined ? '0' : ' ');
}
