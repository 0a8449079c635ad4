/** The real job files beside the repository, with what a real Upstart made of them; undefined where they are not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Verdict {
  readonly ok: boolean;
  readonly class?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly line?: number | null;
}

export interface CorpusFile {
  readonly name: string;
  readonly text: string;
  readonly verdict: Verdict;
}

/** This file runs from BUILD/test/jobfile, three folders below the repository. */
const CORPUS = fileURLToPath(new URL('../../../../shared/upstart-corpus', import.meta.url));

export const WHY_SKIPPED = `no ${CORPUS}`;

export function readCorpus(): readonly CorpusFile[] | undefined {
  if (!existsSync(CORPUS)) return undefined;
  const golden = JSON.parse(readFileSync(join(CORPUS, 'golden.json'), 'utf8')) as Record<string, Verdict>;
  const probes = JSON.parse(readFileSync(join(CORPUS, 'probes.json'), 'utf8')) as Record<
    string,
    Verdict & { text: string }
  >;
  const files = readdirSync(join(CORPUS, 'files')).filter((name) => name in golden);
  return [
    ...files.map((name) => ({
      name,
      text: readFileSync(join(CORPUS, 'files', name), 'utf8'),
      verdict: golden[name]!,
    })),
    ...Object.entries(probes).map(([name, probe]) => ({
      name: `probe ${name}`,
      text: probe.text,
      verdict: probe,
    })),
  ];
}
