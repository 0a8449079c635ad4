/** Compares the programs of two processes: this distinguishes an upgrade in place from a worker. */
import type { Image } from '../model.js';

/**
 * - same: with the same arguments; the spelling of argv[0] does not matter
 * - script: an interpreter with the same script
 * - extended: with more arguments at the end (a descriptor, the old pid)
 */
type Similarity = 'same' | 'script' | 'extended' | 'other';

type Program = Pick<Image, 'argv' | 'executable'>;

/** Interpreters: the program is the script given as an argument, not the executed file. */
const INTERPRETERS =
  /^(python|pypy|ruby|perl|node|nodejs|bun|deno|php|lua|luajit|tclsh|guile|java|bash|dash|ash|busybox|ksh|mksh|zsh|sh)[0-9.]*$/;

const SHELLS = /^-?(bash|dash|ash|busybox|ksh|mksh|zsh|sh)[0-9.]*$/;

/** An upgrade replaces the file; the kernel then marks the old program's path as deleted. */
const DELETED = / \(deleted\)$/;

/** Returns how similar the programs of two processes are. */
export function similarity(one: Program, other: Program): Similarity {
  const [argv, others] = [one.argv, other.argv];
  const isSameFile = fileOf(one) !== undefined && fileOf(one) === fileOf(other);
  if (argv === undefined || others === undefined) return isSameFile ? 'same' : 'other';
  const [words, otherWords] = [argv.join(' '), others.join(' ')];
  if (words === otherWords) return 'same';
  if (fileOf(one) !== fileOf(other)) return 'other';
  // nginx immediately sets a title that contains the command line: "nginx: master process /usr/sbin/nginx -c
  // FILE"
  if (words.endsWith(` ${otherWords}`) || otherWords.endsWith(` ${words}`)) return 'same';
  const [rest, otherRest] = [argv.slice(1), others.slice(1)];
  if (rest.join('\0') === otherRest.join('\0')) return 'same';
  if (INTERPRETERS.test(fileOf(one)?.split('/').at(-1) ?? ''))
    return isSameScript(rest, otherRest) ? 'script' : 'other';
  const isExtended = beginsWith(rest, otherRest) || beginsWith(otherRest, rest);
  return isExtended || sharesFirstArgument(one, other) ? 'extended' : 'other';
}

/**
 * Tests whether two command lines begin with the same program and first argument: an upgrade may change or
 * drop later options.
 */
export function sharesFirstArgument({ argv: one }: Program, { argv: other }: Program): boolean {
  return one !== undefined && one[0] === other?.[0] && one[1] === other?.[1];
}

/**
 * Tests whether both run the same program, with any arguments: used for the process that a PID file names.
 */
export function runsProgramOf(one: Program, other: Program): boolean {
  const [file, otherFile] = [fileOf(one), fileOf(other)];
  if (file === undefined || file !== otherFile) return false;
  if (!INTERPRETERS.test(file.split('/').at(-1) ?? '')) return true;
  return isSameScript(one.argv?.slice(1) ?? [], other.argv?.slice(1) ?? []);
}

/** Tests whether a program is a shell: a shell runs other programs, and makes no sessions by itself. */
export function isShell(program: Program): boolean {
  return SHELLS.test((fileOf(program) ?? program.argv?.[0])?.split('/').at(-1) ?? '');
}

function fileOf({ executable }: Program): string | undefined {
  return executable?.replace(DELETED, '');
}

/**
 * Compares the scripts of two interpreters. The script is the first word that is no option; a relative path
 * names the same file in another directory.
 */
function isSameScript(words: readonly string[], others: readonly string[]): boolean {
  const [script, other] = [words, others].map((all) => all.find((word) => !word.startsWith('-')));
  if (script === undefined || other === undefined) return false;
  return script === other || script.endsWith(`/${other}`) || other.endsWith(`/${script}`);
}

function beginsWith(words: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, place) => words[place] === word);
}
