/** Writes job files, all or none, and none over another. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JobFile } from '../../import/write-job.js';

/** Returns the paths below the directory that exist already. */
export function existing(directory: string, files: readonly JobFile[]): readonly string[] {
  return files
    .map(({ path }) => join(directory, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

/**
 * Writes the files.
 * @throws Error of the system, also when one of the files appeared meanwhile
 */
export function save(directory: string, files: readonly JobFile[]): void {
  for (const { path, text } of files) {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    // environment variables may contain secrets
    const hasSecrets = /^\[env\]$/m.test(text);
    writeFileSync(full, text, { flag: 'wx', mode: hasSecrets ? 0o600 : 0o644 });
  }
}
