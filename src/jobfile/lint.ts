import type { Hint, ParsedStanzas, SeenStanza } from './conf/parser.js';

/** Returns warnings about what is valid but probably not intended, in the order of the lines. */
export function lint(parsed: ParsedStanzas): readonly Hint[] {
  return [
    ...(parsed.remarks ?? []),
    ...lintReplaced(parsed.seen),
    ...lintAlone(parsed.seen),
    ...lintManual(parsed.seen),
    ...parsed.cutWords.map((line) => ({
      line,
      message:
        '`#` begins a comment even in the middle of a word; put the word in quotes if it belongs to it',
    })),
  ].sort((one, other) => one.line - other.line);
}

/**
 * Warns of CR alone, as written by old editors. For Upstart and foster it is a blank: what looks like several
 * lines is one.
 *
 * @param text the whole file
 */
export function lintLineEnds(text: string): Hint[] {
  const lone = /\r(?!\n|$)/.exec(text);
  if (lone === null) return [];
  const line = text.slice(0, lone.index).split('\n').length;
  return [
    {
      line,
      message:
        'a CR without LF stands within this line, and ends no line: what follows it belongs to the same stanza',
      remedy: 'save the file with LF as line end',
    },
  ];
}

/** Warns of replaced stanzas: the last one counts (upstart.md 1.3), so earlier ones have no effect. */
function lintReplaced(seen: readonly SeenStanza[]): Hint[] {
  const hints: Hint[] = [];
  const lastOf = new Map<string, SeenStanza>();
  for (const one of seen) {
    const key = setBy(one);
    const before = key === undefined ? undefined : lastOf.get(key);
    if (key !== undefined) lastOf.set(key, one);
    // in `.ini` a script has one stanza per line
    if (before === undefined || (before.stanza === one.stanza && one.stanza.body.kind === 'script')) continue;
    hints.push({
      line: before.line,
      message: `\`${before.stanza.name}\` has no effect: \`${one.stanza.name}\` in line ${one.line} replaces it`,
    });
  }
  return hints;
}

/** Returns what a stanza sets exclusively; undefined if several may be combined. */
function setBy({ stanza }: SeenStanza): string | undefined {
  switch (stanza.body.kind) {
    case 'word':
    case 'flag':
      return undefined;
    case 'command':
    case 'script':
      return `process ${stanza.body.process}`;
    case 'arguments':
    case 'line':
    case 'list':
    case 'expression':
      // both determine which jobs of the class there may be
      if (stanza.name === 'instances') return 'instance';
      return stanza.accumulates === true ? undefined : stanza.name;
  }
}

/** Stanzas that refine another one. */
const NEEDS: Readonly<Record<string, string>> = {
  'respawn limit': 'respawn',
  'respawn delay': 'respawn',
  'schedule persistent': 'schedule',
};

function lintAlone(seen: readonly SeenStanza[]): Hint[] {
  const names = new Set(seen.map(({ stanza }) => stanza.name));
  return seen.flatMap(({ stanza, line }) => {
    const needed = NEEDS[stanza.name];
    if (needed === undefined || names.has(needed)) return [];
    return [{ line, message: `\`${stanza.name}\` has no effect without \`${needed}\` on a line of its own` }];
  });
}

/** Warns of `manual` before `start on`: it cancels only what precedes it (upstart.md 2). */
function lintManual(seen: readonly SeenStanza[]): Hint[] {
  return seen.flatMap(({ stanza, line }, index) => {
    if (stanza.name !== 'manual') return [];
    const startOn = seen.slice(index + 1).find((later) => later.stanza.name === 'start on');
    if (startOn === undefined) return [];
    return [
      { line, message: `\`manual\` has no effect on the \`start on\` behind it, in line ${startOn.line}` },
    ];
  });
}
