import { readFile } from 'node:fs/promises';

/** The version of this program, which may be newer than that of the supervisor that runs. */
export async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
