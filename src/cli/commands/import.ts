/**
 * foster import PATH...: writes job files from definitions of other supervisors, and reports what became of
 * each setting.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ImportResult } from '../../import/import.js';
import { KINDS } from '../../import/model.js';
import type { JobFile } from '../../import/write-job.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import { allFindings, countsOf, summaryLines } from '../format/import-summary.js';
import { diskSurroundings } from '../import/disk.js';
import { runConfig } from '../import/run-config.js';
import type { Invocation } from '../invocation.js';
import { isCodedError } from '../../kernel/errno.js';

export async function importDefinitions(invocation: Invocation): Promise<number> {
  // loaded on demand: a bundle of its own (scripts/bundle.js)
  const { importAll } = await import('../../import/import.js');
  const { env, uid } = invocation.terminal;
  const around = diskSurroundings(env);
  if (invocation.words.length === 0) throw usageError('import: expected files or directories to import');
  const result = importAll(invocation.words, around, {
    from: invocation.choice('from', KINDS),
    envFile: invocation.value('env-file'),
    pm2: {
      environment: invocation.value('env'),
      run: invocation.has('run-config')
        ? (path) => runConfig(resolve(path), around.read(path), uid === 0)
        : undefined,
    },
  });
  return finish(invocation, result);
}

function finish(invocation: Invocation, result: ImportResult): number {
  const directory = invocation.value('output') ?? '.';
  const files = result.jobs.map(({ file }) => file);
  const isDry = invocation.has('dry-run');
  const inTheWay = existing(directory, files);
  const refused = inTheWay.length > 0 && !isDry;
  let failure: string | undefined;
  if (!isDry && !refused) {
    try {
      save(directory, files);
    } catch (error) {
      if (!isCodedError(error)) throw error;
      failure = error.message;
    }
  }
  if (invocation.json) invocation.printJson(asJson(result, { directory, isDry, inTheWay, failure }));
  else {
    if (isDry)
      for (const { path, text } of files) invocation.printAll([`==> ${path} <==`, ...text.split('\n')]);
    invocation.explain(summaryLines(result));
    for (const { file, line, message } of result.problems)
      invocation.complain(`${file}${line === undefined ? '' : `:${line}`}: ${message}`);
    if (refused) invocation.complain(`nothing was written, since these files exist: ${inTheWay.join(', ')}`);
    if (failure !== undefined) invocation.complain(`cannot write: ${failure}`);
    if (!isDry && !refused && failure === undefined && files.length > 0)
      invocation.explain([`written to ${directory}; \`foster check ${directory}\` looks at them again`]);
  }
  return refused || failure !== undefined || result.problems.length > 0 ? EXIT.failed : EXIT.ok;
}

interface Written {
  readonly directory: string;
  readonly isDry: boolean;
  readonly inTheWay: readonly string[];
  readonly failure: string | undefined;
}

function asJson(
  result: ImportResult,
  { directory, isDry, inTheWay, failure }: Written,
): Readonly<Record<string, unknown>> {
  return {
    directory,
    written: !isDry && inTheWay.length === 0 && failure === undefined,
    ...(failure !== undefined && { failure }),
    ...(inTheWay.length > 0 && { existing: inTheWay }),
    counts: countsOf(allFindings(result)),
    jobs: result.jobs.map(({ kind, file, service }) => ({
      name: file.path.replace(/\.ini$/, ''),
      kind,
      source: service.source,
      file: file.path,
      counts: countsOf(service.findings),
      findings: service.findings,
      ...(isDry && { text: file.text }),
    })),
    findings: result.findings,
    problems: result.problems,
  };
}

/** Returns the paths below the directory that exist already. */
function existing(directory: string, files: readonly JobFile[]): readonly string[] {
  return files
    .map(({ path }) => join(directory, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

/**
 * Writes the files.
 * @throws Error of the system, also when one of the files appeared meanwhile
 */
function save(directory: string, files: readonly JobFile[]): void {
  for (const { path, text } of files) {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    // environment variables may contain secrets
    const hasSecrets = /^\[env\]$/m.test(text);
    writeFileSync(full, text, { flag: 'wx', mode: hasSecrets ? 0o600 : 0o644 });
  }
}
