/** The job file of `foster run`. Pure. */
import { convert } from '../../jobfile/convert.js';
import { newDraft, finish } from '../../jobfile/draft.js';

export interface RunRequest {
  readonly name: string;
  readonly argv: readonly string[];
  /** `KEY=VALUE`s */
  readonly env: readonly string[];
  /** the working directory */
  readonly directory?: string;
  readonly user?: string;
  readonly respawn?: true;
  /** who asks, for the history */
  readonly by?: number;
  /** milliseconds */
  readonly timeout?: number;
}

/** Words that mean themselves to every reader of a command line. */
const PLAIN = /^[\w@%+:,./-]+$/;

/** Returns a command line of which a shell, or foster itself, makes these very words again. */
export function commandLine(argv: readonly string[]): string {
  return argv.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Why this cannot be run by a job file; undefined where it can. */
export function whyUnfit({ name, argv, env }: RunRequest): string | undefined {
  if (!/^[A-Za-z0-9_][\w.@-]{0,99}$/.test(name))
    return `"${name}" is no name for a job: letters, digits and _ . @ - are, 100 at most`;
  if (argv.length === 0 || argv[0] === '') return 'there is no command to run';
  const all = [...argv, ...env];
  return all.some((word) => /[\n\r\0]/.test(word))
    ? 'a job file has no place for a line break in a word: put it into a script, and run that'
    : undefined;
}

export function jobText({ name, argv, env, directory, user, respawn }: RunRequest, path: string): string {
  const draft = newDraft(name, { path, syntax: 'ini' });
  draft.description = 'by foster run';
  draft.processes.main = { exec: commandLine(argv) };
  draft.env = env;
  if (directory !== undefined) draft.chdir = directory;
  if (user !== undefined) draft.setuid = user;
  if (respawn === true) draft.respawn = true;
  return convert(finish(draft), 'ini');
}
