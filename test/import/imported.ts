/** An import of files that stand in the test, and what came of it. */
import { posix } from 'node:path';
import { importAll, type ImportOptions, type ImportResult } from '../../src/import/import.js';
import type { Finding, Surroundings } from '../../src/import/model.js';
import { checkText } from '../../src/jobfile/check.js';

export type Files = Readonly<Record<string, string>>;

/** Paths are absolute; a file of which the first line is `#!...` may be executed. */
export function surroundingsOf(files: Files, environment: Surroundings['environment'] = {}): Surroundings {
  const paths = Object.keys(files);
  const isDirectory = (path: string): boolean =>
    paths.some((one) => one.startsWith(path === '/' ? '/' : `${path}/`));
  const clean = (path: string): string => posix.resolve('/', path);
  return {
    kindOf: (path) =>
      Object.hasOwn(files, clean(path)) ? 'file' : isDirectory(clean(path)) ? 'directory' : undefined,
    list: (directory) => {
      const below = clean(directory) === '/' ? '/' : `${clean(directory)}/`;
      return [
        ...new Set(
          paths.filter((one) => one.startsWith(below)).map((one) => one.slice(below.length).split('/')[0]!),
        ),
      ].sort();
    },
    read: (path) => {
      const text = files[clean(path)];
      if (text === undefined) throw new Error('cannot be read: ENOENT');
      return text;
    },
    isExecutable: (path) => files[clean(path)]?.startsWith('#!') ?? false,
    resolve: clean,
    environment,
  };
}

export interface ImportedText {
  readonly result: ImportResult;
  /** by name of the job: its lines without comments and blank ones */
  readonly jobs: Readonly<Record<string, readonly string[]>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** @throws Error when `foster check` refuses a job file */
export function imported(
  files: Files,
  paths: readonly string[],
  options: Partial<ImportOptions> & { readonly environment?: Surroundings['environment'] } = {},
): ImportedText {
  const { environment = {}, ...rest } = options;
  const result = importAll(paths, surroundingsOf(files, environment), { pm2: {}, ...rest });
  const texts = Object.fromEntries(
    result.jobs.map(({ file }) => [file.path.replace(/\.ini$/, ''), file.text]),
  );
  for (const [name, text] of Object.entries(texts)) {
    const checked = checkText(text, name, 'ini');
    if (!checked.ok) throw new Error(`${name}.ini: ${checked.errors[0].message}`);
  }
  const jobs = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text.split('\n').filter((line) => line !== '' && !line.startsWith(';')),
    ]),
  );
  return {
    result,
    jobs,
    texts,
    findings: [...result.jobs.flatMap(({ service }) => service.findings), ...result.findings],
  };
}

/** `word: verdict` of each finding, for comparison. */
export function verdicts(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ word, verdict }) => `${word}: ${verdict}`);
}
