import { fileURLToPath } from 'node:url';
import { readTextFile } from '../kernel/read-file.js';

/** The version of this program, which may be newer than that of the supervisor that runs. */
export function ownVersion(): string {
  const path = fileURLToPath(new URL('../../../package.json', import.meta.url));
  const text = readTextFile(path, { limit: 64 * 1024 });
  return (JSON.parse(text) as { version: string }).version;
}
