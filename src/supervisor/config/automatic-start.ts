/**
 * `foster enable` and `disable`: whether a job starts automatically. It is stored as the stanza `manual` in the job's
 * override, where people find it and can change it, and which Upstart reads as well.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readJobFile } from '../../jobfile/files/directory-reader.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { LoadedFile } from '../../jobfile/files/load.js';
import { hasManual, withManual, withoutManual } from './manual-stanza.js';
import { isCodedError } from '../../kernel/errno.js';

export interface AutomaticStart {
  readonly name: string;
  readonly enabled: boolean;
  /** false if nothing had to be changed */
  readonly changed: boolean;
  /** the path of the override; null if there is none */
  readonly override: string | null;
  /** the job is enabled, but has neither `start on` nor `schedule` */
  readonly nothingStartsIt?: true;
}

/** The change is impossible. The message explains why, in one sentence. */
export class AutomaticStartError extends Error {
  override readonly name = 'AutomaticStartError';

  constructor(
    readonly code: 'unknown-job' | 'invalid-argument' | 'not-permitted',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Writes, changes or removes the job's override. Other stanzas in it stay as they are.
 *
 * @param file the job's file; undefined if there is none
 * @param confdir directory for a new override; in the first configuration directory it applies to the files of all
 * @throws AutomaticStartError
 */
export function setAutomaticStart(
  name: string,
  enabled: boolean,
  file: LoadedFile | undefined,
  confdir: string | undefined,
): AutomaticStart {
  const jobClass = file?.class;
  if (jobClass === undefined) throw new AutomaticStartError('unknown-job', `Unknown job: ${name}`);
  const present = jobClass.source.override;
  if (enabled !== (jobClass.manual === true))
    return { name, enabled, changed: false, override: present ?? null };
  const path = present ?? (confdir === undefined ? undefined : join(confdir, `${name}.override`));
  if (path === undefined) {
    throw new AutomaticStartError(
      'not-permitted',
      `${name}: there is no configuration directory for an override`,
    );
  }
  const text = present === undefined ? '' : attempt(`read ${present}`, () => readJobFile(present));
  if (enabled && !hasManual(text)) {
    const where = `its own file says \`manual\`, ${jobClass.source.path}`;
    throw new AutomaticStartError('invalid-argument', `${name} cannot be enabled by an override: ${where}`);
  }
  const changed = enabled ? withoutManual(text) : withManual(text);
  attempt(`write ${path}`, () => replace(path, changed));
  return { name, enabled, changed: true, override: changed === '' ? null : path };
}

/** Adds to an answer whether nothing starts the job automatically. @param now the job's class after the change */
export function noteWhatStarts(answer: AutomaticStart, now: JobClass | undefined): AutomaticStart {
  const isStarted = now?.startOn !== undefined || now?.schedule !== undefined;
  return answer.enabled && !isStarted ? { ...answer, nothingStartsIt: true } : answer;
}

/** Replaces a file atomically. The temporary name is not one of a job file. */
function replace(path: string, text: string): void {
  if (text === '') return rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function attempt<Result>(what: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw new AutomaticStartError('not-permitted', `cannot ${what}: ${error.message}`);
  }
}
