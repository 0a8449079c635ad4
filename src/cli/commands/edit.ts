/**
 * foster edit JOB: opens the job's file in an editor, checks the result, and has the supervisor read it.
 * A text with an error never replaces the file: it is kept, and a message shows how to continue with it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { checkText } from '../../jobfile/check.js';
import { formatError, formatWarning, type JobFileError } from '../../jobfile/job-file-error.js';
import type { Reading } from '../../supervisor/config/job-files.js';
import { CliError, usageError } from '../cli-error.js';
import { jobFileText, replaceText } from '../job-file-text.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { namedJobs, readClasses } from '../named-jobs.js';
import { unknownJob } from '../select-jobs.js';
import { isCodedError } from '../../kernel/errno.js';

/**
 * `sensible-editor` is the choice of Debian's administrator; at least one of the others exists everywhere.
 */
const EDITORS = ['sensible-editor', 'editor', 'nano', 'vi'];

interface Edited {
  readonly name: string;
  readonly path: string;
  readonly before: string;
}

export async function edit(invocation: Invocation): Promise<number> {
  const [word, ...others] = invocation.words;
  if (word === undefined || others.length > 0) throw usageError('edit: expected one job');
  const edited = await findFile(invocation, word);
  const draft = invocation.value('from') ?? newDraft(edited);
  if (!invocation.has('from') || invocation.terminal.isTerminal === true) openEditor(invocation, draft);
  const text = jobFileText(draft);
  if (text === edited.before) {
    discard(draft);
    invocation.explain([`${edited.path} is unchanged`]);
    return EXIT.ok;
  }
  const syntax = edited.path.endsWith('.ini') ? 'ini' : 'conf';
  const checked = checkText(text, edited.name, syntax, edited.path);
  if (!checked.ok) return refuse(invocation, edited, draft, checked.errors);
  for (const warning of checked.warnings) invocation.complain(formatWarning(warning));
  if (jobFileText(edited.path) !== edited.before) {
    const way = `your text is in ${draft}: \`foster edit ${word} --from ${draft}\` goes on with it`;
    throw new CliError(`${edited.path} was changed by somebody else meanwhile, and is left as it is; ${way}`);
  }
  replaceText(edited.path, text);
  discard(draft);
  return reload(invocation, edited);
}

/**
 * Returns the file that defines the job. Symbolic links are followed: their target is edited, and they stay.
 */
async function findFile(invocation: Invocation, word: string): Promise<Edited> {
  const client = invocation.client();
  const [named] = await namedJobs(client, [word]);
  if (named?.kind !== 'job') throw usageError('edit: expected one job, not a pattern');
  const { name } = named.target;
  const [report] = await readClasses(client, name);
  if (report === undefined) throw await unknownJob(client, name);
  try {
    const path = realpathSync(report.path);
    return { name, path, before: jobFileText(path) };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new CliError(error.message);
  }
}

/**
 * Writes the draft into a new directory, under the file's own name: editors choose the syntax by the name.
 */
function newDraft({ path, before }: Edited): string {
  const draft = join(mkdtempSync(join(tmpdir(), 'foster-edit-')), basename(path));
  writeFileSync(draft, before, { mode: 0o600 });
  return draft;
}

function discard(draft: string): void {
  if (basename(join(draft, '..')).startsWith('foster-edit-')) rmSync(join(draft, '..'), { recursive: true });
}

/** Opens the editor through the shell, since EDITOR may contain options: `code --wait`. */
function openEditor({ terminal: { env } }: Invocation, draft: string): void {
  // an empty variable counts as unset
  const chosen = [env['VISUAL'], env['EDITOR']].find((word) => word !== undefined && word !== '');
  const candidates = chosen === undefined ? EDITORS : [chosen];
  for (const editor of candidates) {
    const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', draft], {
      stdio: 'inherit',
      env,
    });
    if (error !== undefined) throw new CliError(`the editor cannot be started: ${error.message}`);
    if (status === 0) return;
    // 127: there is no such program; try the next one
    if (status !== 127 || chosen !== undefined)
      throw new CliError(
        `the editor \`${editor}\` ended with status ${status ?? 'unknown'}: nothing was changed`,
      );
  }
  throw new CliError('there is no editor: set EDITOR to one');
}

function refuse(
  invocation: Invocation,
  { name, path }: Edited,
  draft: string,
  errors: readonly JobFileError[],
): number {
  const [first = '', ...further] = errors.map((error) => formatError({ ...error, file: draft }));
  invocation.complain(
    first,
    ...further,
    `${path} is as it was; \`foster edit ${name} --from ${draft}\` goes on with your text`,
  );
  return EXIT.failed;
}

/**
 * Has the supervisor read the file, and reports the result. The watch on the directory may have been faster,
 * but the answer is needed here.
 */
async function reload(invocation: Invocation, { name, path }: Edited): Promise<number> {
  await invocation.client().request<Reading>('/v1/reload-configuration', { method: 'POST' });
  const jobs = await invocation
    .client()
    .request<readonly { readonly name: string; readonly main: number | null }[]>('/v1/jobs');
  const runs = jobs.some((job) => job.name === name && job.main !== null);
  invocation.explain([
    `${path} is changed${runs ? `; \`foster restart ${name}\` makes the job run as it says now` : ''}`,
  ]);
  return EXIT.ok;
}
