/** Makes the job file of `foster run`. Pure. */
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
  /** uid of the user, for the job's history */
  readonly by?: number;
  /** milliseconds */
  readonly timeout?: number;
}

/** Words that need no quotes. */
const PLAIN = /^[\w@%+:,./-]+$/;

/** Returns a command line that a shell, and foster itself, split into exactly these words. */
export function commandLine(argv: readonly string[]): string {
  return argv.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Returns why a job file cannot express this request; undefined if it can. */
export function rejectionOf({ name, argv, env }: RunRequest): string | undefined {
  if (!/^[A-Za-z0-9_][\w.@-]{0,99}$/.test(name))
    return `"${name}" is not a valid name for a job: use letters, digits and _ . @ -, at most 100`;
  if (argv.length === 0 || argv[0] === '') return 'there is no command to run';
  const all = [...argv, ...env];
  return all.some((word) => /[\n\r\0]/.test(word))
    ? 'a job file cannot contain a line break in a word: put the command into a script, and run that'
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
