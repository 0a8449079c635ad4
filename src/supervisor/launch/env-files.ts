/** Reads the variables of `env file` before each start, so that changes of the file need no reload. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { LARGEST_ENV_FILE, parseEnvFile } from '../../jobfile/env-file.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import { readRegularFile } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import { assign, environmentOf, toAssignments, type ReadonlyEnvironment } from '../core/environment.js';
import { expand } from '../core/expansion.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import { LaunchError } from './launch-error.js';
import type { LaunchRequest } from './launch-request.js';
import type { LaunchDefaults } from './needs.js';

/** The prefix of a file that may be missing. */
const OPTIONAL = '-';

export class EnvFiles {
  /** what was reported about the files of each job, so that a respawn does not report it again */
  readonly #reported = new Map<string, string>();

  /** @param warn reports suspicious lines */
  constructor(private readonly warn: (job: JobRef, text: string) => void) {}

  /**
   * Returns the request with the variables of its files. They override those of `env`; variables set by an event, a
   * command or the job itself override them.
   * @throws LaunchError if a file cannot be read
   */
  complete(request: LaunchRequest, defaults: Pick<LaunchDefaults, 'table' | 'inherited'>): LaunchRequest {
    const { class: jobClass, env } = request;
    if (jobClass.envFiles.length === 0 || request.process === 'security') return request;
    const own = environmentOf(env);
    const stated = defaultsOf(jobClass, defaults);
    const variables = new Map(own);
    const remarks: string[] = [];
    for (const [key, value] of this.#read(jobClass.envFiles, own, remarks))
      if (!own.has(key) || own.get(key) === stated.get(key)) variables.set(key, value);
    this.#report(request.job, remarks);
    return { ...request, env: toAssignments(variables) };
  }

  forget(job: JobRef): void {
    this.#reported.delete(jobKey(job));
  }

  #read(files: readonly string[], env: ReadonlyEnvironment, remarks: string[]): ReadonlyEnvironment {
    const variables = new Map<string, string>();
    for (const file of files) {
      const path = pathOf(file, env);
      const text = textOf(path, file.startsWith(OPTIONAL));
      const parsed = parseEnvFile(text ?? '');
      assign(variables, parsed.variables);
      for (const { line, message } of parsed.remarks) remarks.push(`${path}:${line}: ${message}`);
    }
    return variables;
  }

  #report(job: JobRef, remarks: readonly string[]): void {
    const [key, text] = [jobKey(job), remarks.join('\n')];
    if ((this.#reported.get(key) ?? '') === text) return;
    this.#reported.set(key, text);
    for (const remark of remarks) this.warn(job, remark);
  }
}

/** Returns the values that come from the job file and from foster itself. */
function defaultsOf(
  jobClass: JobClass,
  { table, inherited }: Pick<LaunchDefaults, 'table' | 'inherited'>,
): ReadonlyEnvironment {
  const own = new Map(
    Object.entries(inherited).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const stated = new Map(jobClass.envInherit === true ? own : []);
  assign(stated, table);
  assign(stated, jobClass.env, own);
  return stated;
}

function pathOf(file: string, env: ReadonlyEnvironment): string {
  const written = file.startsWith(OPTIONAL) ? file.slice(OPTIONAL.length) : file;
  const expansion = expand(written, env);
  if (expansion.ok) return expansion.text;
  throw LaunchError.other('unable to read environment file', `${written}: ${expansion.message}`);
}

/**
 * Returns undefined for an optional file that does not exist. foster reads it with its own rights: the job's user
 * need not be able to.
 */
function textOf(path: string, mayBeMissing: boolean): string | undefined {
  try {
    return decodeUtf8(path, readRegularFile(path, { limit: LARGEST_ENV_FILE }));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (mayBeMissing && ['ENOENT', 'ENOTDIR'].includes(nodeErrorCode(error) ?? '')) return undefined;
    throw LaunchError.fromSystemError('read environment file', error);
  }
}

function decodeUtf8(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw LaunchError.other('unable to read environment file', `${path} is not text in UTF-8`);
  }
}
