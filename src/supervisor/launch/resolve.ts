/**
 * Looks up programs and directories before a process is started, inside its root directory. A program that is started
 * through a shell can only fail with 126 or 127; this tells which file is wrong, and why.
 */
import { statSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { readRegularFile } from '../../kernel/files/read-file.js';
import { statIfPossible } from '../../kernel/files/stat.js';
import { SystemError } from '../../kernel/system-error.js';
import { LaunchError, type LaunchStep } from './launch-error.js';
import { inRoot } from './rooted-path.js';
import { errorCode } from '../../kernel/errno.js';
import { messageOf } from '../../text/phrases.js';

const EXECUTABLE_BY_ANYONE = 0o111;

/** Longest `#!` line that the kernel reads (linux/binfmts.h, BINPRM_BUF_SIZE). */
const SHEBANG_SIZE = 256;

/** How an ELF file begins. */
const BINARY = '\x7fELF';

/** Where to look for a program. */
export interface Place {
  /** the root directory; `/` without `chroot` */
  readonly root: string;
  /** the working directory, as seen inside the root */
  readonly directory: string;
  /** value of PATH in the job's environment; undefined: POSIX's default */
  readonly path: string | undefined;
}

/** What execvp(3) uses without PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** @throws LaunchError if `root` is not a directory */
export function checkRoot(root: string): void {
  checkDirectory(statOf(root, 'change root directory', root), 'change root directory', root);
}

/** @throws LaunchError if `directory` is not a directory inside `root` */
export function checkWorkingDirectory(root: string, directory: string): void {
  const here = outside(root, directory, 'change working directory');
  const shown = root === '/' ? directory : `${directory} below ${root}`;
  checkDirectory(statOf(here, 'change working directory', shown), 'change working directory', shown);
}

/**
 * Returns the absolute path of a program inside the root. Searches PATH as execvp(3) does.
 *
 * @param name a name without slash, an absolute path, or a path relative to the working directory
 * @throws LaunchError
 */
export function findProgram(name: string, place: Place): string {
  if (name.includes('/')) {
    const path = posix.resolve(place.directory, name);
    checkProgram(place, path);
    return path;
  }
  let refused: string | undefined;
  for (const part of (place.path ?? DEFAULT_PATH).split(':')) {
    const path = posix.resolve(place.directory, part, name);
    const here = inRoot(place.root, path);
    // a search skips what cannot be examined, as execvp(3) does
    const stats = here === undefined ? undefined : statIfPossible(here);
    if (stats === undefined || stats.isDirectory()) continue;
    if ((stats.mode & EXECUTABLE_BY_ANYONE) !== 0) return path;
    refused ??= path;
  }
  if (refused !== undefined) throw notExecutable(refused);
  const searched = `${place.path ?? DEFAULT_PATH}${place.root === '/' ? '' : ` below ${place.root}`}`;
  throw LaunchError.found('execute', 'ENOENT', `no program "${name}" in PATH (${searched})`);
}

/**
 * Checks the interpreter of a script. If it is missing, execve(2) fails with ENOENT, which does not tell what is
 * missing.
 *
 * @throws LaunchError if the interpreter does not exist
 */
export function checkInterpreter(path: string, root: string): void {
  const here = inRoot(root, path);
  const interpreter = here === undefined ? undefined : interpreterOf(here);
  if (interpreter === undefined) return;
  const there = inRoot(root, interpreter);
  if (there !== undefined && statIfPossible(there) !== undefined) return;
  throw LaunchError.found(
    'execute',
    'ENOENT',
    `${path} needs the interpreter ${interpreter}, which does not exist`,
  );
}

/** Returns whether the program is a script, with or without `#!`: no binary of this system. */
export function isScript(path: string, root: string): boolean {
  const here = inRoot(root, path);
  const text = here === undefined ? undefined : beginningOf(here);
  return text !== undefined && !text.startsWith(BINARY);
}

/** Returns whether a process inside `root` has a /proc with its own descriptors. */
export function hasProc(root: string): boolean {
  return root === '/' || statIfPossible(posix.join(root, 'proc/self')) !== undefined;
}

function checkProgram(place: Place, path: string): void {
  const here = outside(place.root, path, 'execute');
  const shown = place.root === '/' ? path : `${path} below ${place.root}`;
  const stats = statOf(here, 'execute', shown);
  if (stats.isDirectory()) throw LaunchError.found('execute', 'EACCES', `${shown} is a directory`);
  if ((stats.mode & EXECUTABLE_BY_ANYONE) === 0) throw notExecutable(shown);
}

function notExecutable(path: string): LaunchError {
  return LaunchError.found('execute', 'EACCES', `${path} is not executable (chmod +x ${path})`);
}

function outside(root: string, path: string, step: LaunchStep): string {
  const here = inRoot(root, path);
  if (here === undefined)
    throw LaunchError.found(step, 'ELOOP', `${path} leads through a circle of symbolic links`);
  return here;
}

function checkDirectory(stats: Stats, step: LaunchStep, shown: string): void {
  if (!stats.isDirectory()) throw LaunchError.found(step, 'ENOTDIR', `${shown} is not a directory`);
}

/** Calls stat(2), and explains the usual errors. */
function statOf(path: string, step: LaunchStep, shown: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') throw LaunchError.found(step, 'ENOENT', `${shown} does not exist`);
    if (code === 'ENOTDIR') throw LaunchError.found(step, 'ENOTDIR', `a part of ${shown} is not a directory`);
    if (code === 'EACCES')
      throw LaunchError.found(step, 'EACCES', `foster may not look into a directory of ${shown}`);
    if (code === 'ELOOP') throw LaunchError.found(step, 'ELOOP', `${shown} is a circle of symbolic links`);
    throw LaunchError.other(`unable to ${step}: ${messageOf(error)}`, shown);
  }
}

/** As the kernel reads it: up to a blank, the end of the line or a NUL. */
function interpreterOf(path: string): string | undefined {
  return /^#![ \t]*(\/[^ \t\n\0]+)/.exec(beginningOf(path) ?? '')?.[1];
}

function beginningOf(path: string): string | undefined {
  try {
    return readRegularFile(path, { limit: SHEBANG_SIZE, beyond: 'cut' }).toString('latin1');
  } catch (error) {
    // a program can be executable without being readable
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
