/**
 * Parses supervisord.conf as supervisord sets up Python's configparser (RawConfigParser with inline comments
 * after `;` and `#`, not strict). Pure.
 */

export interface SupervisordOption {
  readonly line: number;
  /** in lower case, as supervisord looks it up */
  readonly key: string;
  readonly value: string;
  readonly comments: readonly string[];
}

export interface SupervisordSection {
  readonly file: string;
  readonly line: number;
  /** `program:web` */
  readonly name: string;
  readonly options: readonly SupervisordOption[];
  readonly comments: readonly string[];
}

export interface SupervisordFile {
  readonly path: string;
  readonly sections: readonly SupervisordSection[];
  /** comments after the last section */
  readonly tail: readonly string[];
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

interface OpenOption {
  line: number;
  key: string;
  value: string[];
  comments: string[];
}

interface OpenSection {
  file: string;
  line: number;
  name: string;
  options: OpenOption[];
  comments: string[];
}

export function parseSupervisord(path: string, text: string): SupervisordFile {
  const sections: OpenSection[] = [];
  const errors: { line: number; message: string }[] = [];
  let comments: string[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (/^\s*[;#]/.test(raw)) {
      comments.push(raw.trim().replace(/^[;#]+ ?/, ''));
      continue;
    }
    const { code, comment } = withoutComment(raw);
    if (code.trim() === '') continue;
    const section = sections.at(-1);
    const option = section?.options.at(-1);
    if (/^\s/.test(code) && option !== undefined) {
      option.value.push(code.trim());
      continue;
    }
    const heading = /^\[(.+)\]/.exec(code.trim());
    if (heading !== null) {
      sections.push({ file: path, line, name: heading[1]!.trim(), options: [], comments });
      comments = [];
      continue;
    }
    const assignment = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(code.trim());
    if (section === undefined || assignment === null) {
      errors.push({
        line,
        message:
          section === undefined
            ? 'a line before the first section'
            : `"${code.trim().slice(0, 40)}" is no KEY = VALUE`,
      });
      continue;
    }
    const own = comment === '' ? comments : [...comments, comment];
    section.options.push({ line, key: assignment[1]!.toLowerCase(), value: [assignment[2]!], comments: own });
    comments = [];
  }
  return { path, sections: sections.map(finished), tail: comments, errors };
}

/** Splits off a comment, which after a value begins with a blank and `;` or `#`. */
function withoutComment(line: string): { code: string; comment: string } {
  const match = /\s[;#]/.exec(line);
  if (match === null) return { code: line, comment: '' };
  return { code: line.slice(0, match.index), comment: line.slice(match.index + 2).trim() };
}

function finished({ options, ...section }: OpenSection): SupervisordSection {
  return {
    ...section,
    options: options.map(({ value, ...option }) => ({ ...option, value: value.join('\n').trim() })),
  };
}

/** Merges sections with the same name; of an option given twice, the last counts. */
export function merged(sections: readonly SupervisordSection[]): readonly SupervisordSection[] {
  const byName = new Map<string, SupervisordSection>();
  for (const section of sections) {
    const before = byName.get(section.name);
    const options = [...(before?.options ?? []), ...section.options];
    const counting = options.filter(
      (option, index) => !options.slice(index + 1).some(({ key }) => key === option.key),
    );
    byName.set(section.name, {
      ...(before ?? section),
      options: counting,
      comments: [...(before?.comments ?? []), ...section.comments],
    });
  }
  return [...byName.values()];
}
