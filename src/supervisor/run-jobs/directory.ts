import type { InitOptions } from '../init-options.js';

/** Where job files are looked for: the configuration directories, and then that of `foster run`, which none of them gives way to. */
export function jobDirectories({
  confdirs,
  runJobs,
}: Pick<InitOptions, 'confdirs' | 'runJobs'>): readonly string[] {
  return runJobs === undefined ? confdirs : [...confdirs, runJobs];
}
