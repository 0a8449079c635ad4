import { trimBlanks } from '../conf/lexer.js';
import { quoteWord, writeExpression } from '../expression/print.js';
import { commandAsWritten, writeIniCommand } from './command.js';
import { unquote } from './scanner.js';
import type { JobClass } from '../job-class/job-class.js';
import type { Stanza } from '../stanzas/stanza.js';
import { isSecondWord, STANZAS } from '../stanzas/table.js';

interface Line {
  readonly key: string;
  readonly value: string;
  /** lines before it, without their `;` */
  readonly comments?: readonly string[];
}

/**
 * Returns the comments for a stanza; `first` is its first word: the resource of a limit, the name of a
 * variable.
 */
export type CommentsFor = (stanza: string, first: string) => readonly string[];

/** Names that need no quotes as a key, and cannot be misread. */
const PLAIN_KEY = /^[A-Za-z_][\w.-]*$/;

/**
 * Writes a class in the native syntax: single stanzas first, then the sections `[env]`, `[limit]`,
 * `[cgroup]`, and one for each hook with a script. A class has no comments; the caller may supply some.
 */
export function writeIni(job: JobClass, commentsFor: CommentsFor = () => []): string {
  const top: Line[] = [];
  const sections = new Map<string, Line[]>();
  for (const stanza of STANZAS) {
    const section = sectionOf(stanza, job);
    const lines = withComments(stanzaLines(stanza, job, section), stanza.name, commentsFor);
    if (section === undefined) top.push(...lines);
    else if (lines.length > 0) sections.set(section, [...(sections.get(section) ?? []), ...lines]);
  }
  const parts = [...sections].map(([name, lines]) => `[${name}]\n${writeLines(lines)}`);
  return [...(top.length === 0 ? [] : [writeLines(top)]), ...parts].join('\n');
}

function withComments(lines: readonly Line[], stanza: string, commentsFor: CommentsFor): readonly Line[] {
  return lines.map((line, index) => {
    // of a script, only its first line
    const isScript = /(?:^| )script\[\]$/.test(line.key);
    const variable = /^(?:env(?:\[\])?)$/.test(line.key) ? line.value.split('=')[0]! : line.key;
    const comments = isScript && index > 0 ? [] : commentsFor(stanza, variable);
    return comments.length === 0 ? line : { ...line, comments };
  });
}

/** Returns the section in which a stanza reads best; undefined for the lines before the first section. */
function sectionOf(stanza: Stanza, job: JobClass): string | undefined {
  const { body, name } = stanza;
  if (name === 'limit') return name;
  if (name === 'env' && job.env.every((variable) => isPlainVariable(stanza, variable))) return name;
  if (name === 'cgroup' && job.cgroup.every(({ controller }) => PLAIN_KEY.test(controller))) return name;
  if (body.kind === 'script' && body.process !== 'main') return body.process;
  return undefined;
}

function isPlainVariable(stanza: Stanza, variable: string): boolean {
  const [key = '', ...value] = variable.split('=');
  // without a value it could be another stanza: `env inherit`
  return PLAIN_KEY.test(key) && (value.length > 0 || !isSecondWord(stanza, key));
}

function stanzaLines(stanza: Stanza, job: JobClass, section: string | undefined): Line[] {
  const { body, name } = stanza;
  switch (body.kind) {
    case 'word':
    case 'flag':
      return body.write(job) ? [{ key: name, value: 'true' }] : [];
    case 'arguments': {
      // a single value is the whole text, so it needs no inner quotes
      const whole = body.arguments.length === 1 && body.arguments[0]!.words === undefined;
      const lines = body.write(job, 'ini').map((words) => argumentsLine(name, words, section, whole));
      return markRepeats(lines);
    }
    case 'list': {
      const words = body.write(job);
      return words.length === 0 ? [] : [{ key: name, value: words.map(quoteWord).join(' ') }];
    }
    case 'command': {
      const command = job.processes[body.process];
      return command !== undefined && 'exec' in command
        ? [{ key: name, value: writeIniCommand(command.exec) }]
        : [];
    }
    case 'line': {
      const command = body.write(job);
      if (command === undefined) return [];
      const line = 'exec' in command ? writeIniCommand(command.exec) : commandAsWritten(command).trimEnd();
      return [{ key: name, value: line }];
    }
    case 'script': {
      const command = job.processes[body.process];
      return command !== undefined && 'script' in command ? scriptLines(name, section, command.script) : [];
    }
    case 'expression': {
      const expression = job[body.field];
      return expression === undefined ? [] : [{ key: name, value: writeExpression(expression) }];
    }
  }
}

function argumentsLine(
  name: string,
  words: readonly string[],
  section: string | undefined,
  whole: boolean,
): Line {
  if (section === 'env') {
    const [variable = ''] = words;
    const equals = variable.indexOf('=');
    // a key without value stays one: the supervisor's value is copied
    return equals === -1
      ? { key: variable, value: KEY_ALONE }
      : { key: variable.slice(0, equals), value: variable.slice(equals + 1) };
  }
  if (whole) return { key: name, value: words.join(' ') };
  const [first = '', ...others] = words;
  return section === undefined
    ? { key: name, value: words.map(quoteWord).join(' ') }
    : { key: first, value: others.map(quoteWord).join(' ') };
}

/** A marker that no value of a file can contain. */
const KEY_ALONE = '\0';

/** Marks repeated keys as lists, because the `ini` package otherwise keeps only the last one. */
function markRepeats(lines: readonly Line[]): Line[] {
  return lines.map((line) =>
    line.value !== KEY_ALONE && lines.filter(({ key }) => key === line.key).length > 1
      ? { ...line, key: `${line.key}[]` }
      : line,
  );
}

function scriptLines(name: string, section: string | undefined, script: string): Line[] {
  const key = section === undefined ? name : 'script';
  const lines = script.split('\n').slice(0, -1);
  return lines.length === 0 ? [{ key, value: '' }] : lines.map((value) => ({ key: `${key}[]`, value }));
}

function writeLines(lines: readonly Line[]): string {
  return lines
    .map(({ key, value, comments = [] }) => {
      const line = value === KEY_ALONE ? `${key}\n` : writeLine(key, value);
      return `${comments.map(commentLine).join('')}${line}`;
    })
    .join('');
}

/** Returns one line, whatever the comment contains. */
export function commentLine(text: string): string {
  return `; ${text.replace(/[\0-\x08\n-\x1f\x7f]/g, ' ')}`.trimEnd() + '\n';
}

function writeLine(key: string, value: string): string {
  if (value === '') return `${key} =\n`;
  // lines of a script keep leading blanks, all others lose them
  const isScript = key === 'script[]' || key.endsWith(' script[]');
  const kept = isScript ? value.replace(/^[ \t]+/, '') : value;
  const plain = kept === trimBlanks(kept) && kept !== '' && unquote(kept) === kept && !/[\n\r]/.test(kept);
  return `${key} = ${plain ? value : JSON.stringify(value)}\n`;
}
