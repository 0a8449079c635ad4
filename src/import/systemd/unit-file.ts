/** Parses unit files (systemd.syntax(7)): sections, assignments, comments, continuation lines. Pure. */

export interface UnitEntry {
  readonly file: string;
  readonly line: number;
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** the comment lines before it, without `#` */
  readonly comments: readonly string[];
}

export interface UnitFile {
  readonly path: string;
  readonly entries: readonly UnitEntry[];
  /** comments at the top that belong to no setting */
  readonly head: readonly string[];
  /** lines that systemd would ignore with a warning */
  readonly ignored: readonly { readonly line: number; readonly text: string }[];
}

/** Parses one file. Like systemd, it ignores what it does not understand. */
export function parseUnitFile(path: string, text: string): UnitFile {
  const entries: UnitEntry[] = [];
  const head: string[] = [];
  const ignored: { line: number; text: string }[] = [];
  let section = '';
  let comments: string[] = [];
  for (const { line, text: whole, inner } of joinedLines(text)) {
    if (whole === '') {
      if (section === '') head.push(...comments.splice(0));
      continue;
    }
    if (/^[#;]/.test(whole)) {
      comments.push(commentText(whole));
      continue;
    }
    const heading = /^\[(.*)\]$/s.exec(whole);
    if (heading !== null) {
      section = heading[1]!;
      head.push(...comments.splice(0));
      continue;
    }
    const equals = whole.indexOf('=');
    if (section === '' || equals <= 0) {
      ignored.push({ line, text: whole });
      continue;
    }
    const [key, value] = [whole.slice(0, equals).trim(), whole.slice(equals + 1).trim()];
    entries.push({ file: path, line, section, key, value, comments: [...comments, ...inner] });
    comments = [];
  }
  head.push(...comments);
  return { path, entries, head, ignored };
}

function commentText(line: string): string {
  return line.replace(/^[#;]+ ?/, '');
}

interface JoinedLine {
  readonly line: number;
  readonly text: string;
  /** comments between joined lines */
  readonly inner: readonly string[];
}

/**
 * Joins continuation lines: a backslash at the end of a line becomes a blank, and comments in between are
 * skipped.
 */
function joinedLines(text: string): readonly JoinedLine[] {
  const joined: JoinedLine[] = [];
  let open: { line: number; text: string; inner: string[] } | undefined;
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = open === undefined ? raw.trim() : raw.trimEnd();
    if (/^\s*[#;]/.test(line)) {
      if (open === undefined) joined.push({ line: index + 1, text: line, inner: [] });
      else open.inner.push(commentText(line.trim()));
      continue;
    }
    open ??= { line: index + 1, text: '', inner: [] };
    if (line.endsWith('\\')) {
      open.text += `${line.slice(0, -1)} `;
      continue;
    }
    joined.push({ ...open, text: (open.text + line).trim() });
    open = undefined;
  }
  if (open !== undefined) joined.push({ ...open, text: open.text.trim() });
  return joined;
}
