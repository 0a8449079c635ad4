/** Decodes keys from a terminal's input (console_codes(4), xterm's ctlseqs). Pure. */

export type Key =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'up' | 'down' | 'page-up' | 'page-down' | 'home' | 'end' }
  | { readonly kind: 'enter' | 'escape' | 'backspace' | 'interrupt' };

const SEQUENCES: Readonly<Record<string, Exclude<Key['kind'], 'text'>>> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[5~': 'page-up',
  '\x1b[6~': 'page-down',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\r': 'enter',
  '\n': 'enter',
  '\x1b': 'escape',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'interrupt',
};

/** Decodes input. Unknown escape sequences are ignored, not treated as text. */
export function keysOf(sent: string): readonly Key[] {
  const parts = sent.match(/\x1b\[[\d;?]*[ -/]*[@-~]|\x1bO.|\x1b|[^\x1b]/gsu) ?? [];
  return parts.flatMap((part): readonly Key[] => {
    const kind = SEQUENCES[part];
    if (kind !== undefined) return [{ kind }];
    return /^[^\p{Cc}]$/u.test(part) ? [{ kind: 'text', text: part }] : [];
  });
}
