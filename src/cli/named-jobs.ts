/**
 * Resolves words of a command line to jobs: names, titles as they are printed, names of files, and patterns.
 */
import { basename, resolve } from 'node:path';
import { RefusedError, type ControlClient } from '../control/client/client.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import type { ClassReport } from '../supervisor/config/job-files.js';
import { compileGlob } from '../supervisor/core/events/glob.js';
import { jobTitle } from './format/status-line.js';
import { readClass, type ClassAnswer } from '../control/class-answer.js';

/** A job as a command addresses it. */
export interface Target {
  readonly name: string;
  readonly instance?: string;
}

/** Returns how a command addresses this job. */
export function targetOf({ name, instance }: Pick<JobStatus, 'name' | 'instance'>): Target {
  return instance === '' ? { name } : { name, instance };
}

/** The meaning of one word. */
export type Named =
  /** one job, or all instances of a class; the supervisor checks whether it exists */
  | { readonly kind: 'job'; readonly word: string; readonly target: Target }
  /** the jobs that match a pattern; there may be none */
  | { readonly kind: 'pattern'; readonly word: string; readonly jobs: readonly JobStatus[] };

/** Tests whether a word has a wildcard of fnmatch(3): it then means all jobs that match. */
export function isPattern(word: string): boolean {
  return /[*?[]/.test(word);
}

/** Matches `postgres (15/main)`, as every command prints an instance. */
const TITLE = /^(.+?) ?\((.*)\)$/s;

/**
 * Splits the words of a command line: `KEY=VALUE` is a variable, everything else names jobs.
 * A title is a name even if its instance has an equals sign, and its two parts may be two words.
 */
export function splitWords(words: readonly string[]): {
  readonly names: readonly string[];
  readonly env: readonly string[];
} {
  const names: string[] = [];
  const env: string[] = [];
  for (const word of words) {
    if (/^\(.*\)$/s.test(word) && names.length > 0) names.push(`${names.pop()!} ${word}`);
    else if (word.includes('=') && !TITLE.test(word)) env.push(word);
    else names.push(word);
  }
  return { names, env };
}

/** Resolves words. The supervisor is asked only when one of them is more than a plain name. */
export async function namedJobs(client: ControlClient, words: readonly string[]): Promise<readonly Named[]> {
  if (words.every(isPlain)) return words.map((word) => ({ kind: 'job', word, target: { name: word } }));
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs');
  return Promise.all(words.map((word) => meaningOf(client, jobs, word)));
}

function isPlain(word: string): boolean {
  return !isPattern(word) && !TITLE.test(word) && !isFile(word);
}

function isFile(word: string): boolean {
  return /\.(?:ini|conf|override)$/.test(word) || /^(?:\.{0,2}\/|~)/.test(word);
}

async function meaningOf(client: ControlClient, jobs: readonly JobStatus[], word: string): Promise<Named> {
  const known = new Set(jobs.map(({ name }) => name));
  // an existing name takes precedence, whatever characters it has
  if (known.has(word)) return { kind: 'job', word, target: { name: word } };
  const [, name = '', instance = ''] = TITLE.exec(word) ?? [];
  if (known.has(name)) return { kind: 'job', word, target: { name, instance } };
  if (isPattern(word)) {
    const fits = compileGlob(word);
    return { kind: 'pattern', word, jobs: jobs.filter((job) => fits(job.name) || fits(jobTitle(job))) };
  }
  const meant = isFile(word) ? await jobOfFile(client, known, word) : undefined;
  return { kind: 'job', word, target: { name: meant ?? word } };
}

/** A word that may be the PID of a process. */
const PID = /^\d+$/;

/**
 * Replaces PIDs by the titles of the jobs to which these processes belong, as `systemctl status PID` does. For
 * commands that only show: a PID may have been reused by the time it is typed.
 */
export async function withoutPids(
  client: ControlClient,
  words: readonly string[],
): Promise<readonly string[]> {
  if (!words.some((word) => PID.test(word))) return words;
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs');
  return words.map((word) => {
    const job = jobs.some(({ name }) => name === word) ? undefined : jobOfProcess(jobs, word);
    return job === undefined ? word : jobTitle(job);
  });
}

/** Returns the job to which the process with this PID belongs. */
export function jobOfProcess(jobs: readonly JobStatus[], word: string): JobStatus | undefined {
  if (!PID.test(word)) return undefined;
  const pid = Number(word);
  return jobs.find(
    ({ launcher, processes, members, detached }) =>
      launcher === pid ||
      processes.some((process) => process.pid === pid) ||
      members.includes(pid) ||
      detached.includes(pid),
  );
}

/**
 * Returns the job that a file defines: by the file's path, or by its name when the path is unreadable or
 * differs.
 */
async function jobOfFile(
  client: ControlClient,
  known: ReadonlySet<string>,
  word: string,
): Promise<string | undefined> {
  const bare = word.replace(/\.(?:ini|conf|override)$/, '');
  if (known.has(bare)) return bare;
  const path = resolve(word);
  const found = (await readClasses(client)).find((report) => report.path === path);
  if (found !== undefined) return found.name;
  const last = basename(bare);
  return known.has(last) ? last : undefined;
}

/**
 * Returns the copies of jobs with `instances` that were named without an instance, for commands that take one
 * job per request.
 */
export async function eachCopy(
  client: ControlClient,
  targets: readonly Target[],
): Promise<readonly Target[]> {
  if (targets.every(({ instance }) => instance !== undefined)) return targets;
  const jobs = await client.request<readonly JobStatus[]>('/v1/jobs');
  return targets.flatMap((target): readonly Target[] => {
    const copies = jobs.filter(({ name, copies }) => name === target.name && copies !== undefined);
    if (target.instance !== undefined || copies.length === 0) return [target];
    const living = copies.filter(({ goal, state }) => goal !== 'stop' || state !== 'waiting');
    // when none is up, the first copy is refused like any job that does not run
    return (living.length > 0 ? living : copies.slice(0, 1)).map(({ name, instance }) => ({
      name,
      instance,
    }));
  });
}

/** Returns nothing for users who may not read job files. */
export async function readClasses(client: ControlClient, name?: string): Promise<readonly ClassReport[]> {
  const query = name === undefined ? '' : `?${new URLSearchParams({ name }).toString()}`;
  try {
    return (await client.request<readonly ClassAnswer[]>(`/v1/classes${query}`)).map(readClass);
  } catch (error) {
    if (error instanceof RefusedError) return [];
    throw error;
  }
}
