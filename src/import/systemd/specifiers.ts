/**
 * Expands the specifiers of systemd.unit(5), such as `%i`. A value that is known only at run time becomes a
 * piece of shell. Pure.
 */
import type { Piece } from '../shell-text.js';
import type { UnitName } from './unit-name.js';

/** The variable with the instance of a job made from a template. */
export const INSTANCE_VARIABLE = 'I';

const FIXED: Readonly<Record<string, string>> = {
  '%': '%',
  t: '/run',
  S: '/var/lib',
  C: '/var/cache',
  L: '/var/log',
  E: '/etc',
  T: '/tmp',
  V: '/var/tmp',
  // the values for the system manager
  h: '/root',
  u: 'root',
  U: '0',
  g: 'root',
  G: '0',
  s: '/bin/sh',
};

const ASKED: Readonly<Record<string, string>> = {
  H: '$(uname -n)',
  q: '$(uname -n)',
  l: '$(uname -n | cut -d. -f1)',
  v: '$(uname -r)',
  a: '$(uname -m)',
  m: '$(cat /etc/machine-id)',
  b: '$(tr -d - </proc/sys/kernel/random/boot_id)',
  o: '$(. /etc/os-release && printf %s "$ID")',
  w: '$(. /etc/os-release && printf %s "$VERSION_ID")',
  W: '$(. /etc/os-release && printf %s "$VARIANT_ID")',
  B: '$(. /etc/os-release && printf %s "$BUILD_ID")',
  M: '$(. /etc/os-release && printf %s "$IMAGE_ID")',
  A: '$(. /etc/os-release && printf %s "$IMAGE_VERSION")',
};

/** Expands specifiers; unknown ones stay as they are. */
export function expandSpecifiers(text: string, unit: UnitName): readonly Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at + 1];
    const piece = text[at] === '%' && letter !== undefined ? specifier(letter, unit) : undefined;
    if (piece === undefined) {
      plain += text[at]!;
      continue;
    }
    at += 1;
    for (const part of piece) {
      if ('text' in part) plain += part.text;
      else {
        if (plain !== '') pieces.push({ text: plain });
        plain = '';
        pieces.push(part);
      }
    }
  }
  if (plain !== '' || pieces.length === 0) pieces.push({ text: plain });
  return pieces;
}

function specifier(letter: string, unit: UnitName): readonly Piece[] | undefined {
  const fixed = FIXED[letter];
  if (fixed !== undefined) return [{ text: fixed }];
  const asked = ASKED[letter];
  if (asked !== undefined) return [{ code: asked }];
  const { prefix, type } = unit;
  const last = prefix.slice(prefix.lastIndexOf('-') + 1);
  switch (letter) {
    case 'p':
      return [{ text: prefix }];
    case 'P':
      return [{ text: unescapeName(prefix) }];
    case 'j':
      return [{ text: last }];
    case 'J':
      return [{ text: unescapeName(last) }];
    case 'i':
      return instance(unit, false);
    case 'I':
      return instance(unit, true);
    case 'f':
      if (unit.instance === undefined) return [{ text: `/${unescapeName(prefix)}` }];
      return [{ text: '/' }, ...instance(unit, true)];
    case 'n':
      return unit.instance === undefined
        ? [{ text: `${prefix}.${type}` }]
        : [{ text: `${prefix}@` }, ...instance(unit, false), { text: `.${type}` }];
    case 'N':
      return unit.instance === undefined
        ? [{ text: prefix }]
        : [{ text: `${prefix}@` }, ...instance(unit, false)];
    default:
      return undefined;
  }
}

/**
 * Returns the instance. For a template it is what the start command gives, unchanged: `%I` and `%i` are then
 * the same.
 */
function instance({ instance: name }: UnitName, unescaped: boolean): readonly Piece[] {
  if (name === undefined) return [{ text: '' }];
  if (name === '') return [{ code: `\${${INSTANCE_VARIABLE}}` }];
  return [{ text: unescaped ? unescapeName(name) : name }];
}

/** Unescapes as `systemd-escape --unescape`: `-` becomes `/`, `\x2d` a byte. */
function unescapeName(name: string): string {
  return name
    .replaceAll('-', '/')
    .replace(/\\x([0-9a-fA-F]{2})/g, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
}
