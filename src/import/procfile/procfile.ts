/** Parses a Procfile: `NAME: COMMAND` on each line. Pure. */

interface ProcfileProcess {
  readonly name: string;
  readonly command: string;
  readonly line: number;
  readonly comments: readonly string[];
}

export interface Procfile {
  readonly processes: readonly ProcfileProcess[];
  /** comments at the top, before an empty line */
  readonly head: readonly string[];
  /** comments after the last process */
  readonly tail: readonly string[];
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

export function parseProcfile(text: string): Procfile {
  const processes: ProcfileProcess[] = [];
  const errors: { line: number; message: string }[] = [];
  const head: string[] = [];
  let comments: string[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '') {
      if (processes.length === 0) head.push(...comments.splice(0));
      continue;
    }
    if (line.startsWith('#')) {
      comments.push(line.replace(/^#+ ?/, ''));
      continue;
    }
    const match = /^([A-Za-z0-9_-]+):\s*(.+)$/.exec(line);
    if (match === null) {
      errors.push({ line: index + 1, message: `"${line.slice(0, 40)}" is no NAME: COMMAND` });
      continue;
    }
    // of two processes with one name, the last counts
    const before = processes.findIndex(({ name }) => name === match[1]);
    if (before !== -1) processes.splice(before, 1);
    processes.push({ name: match[1]!, command: match[2]!, line: index + 1, comments });
    comments = [];
  }
  return { processes, head, tail: comments, errors };
}
