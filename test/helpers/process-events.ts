/** What tests of process events need: the connector, programs that make events, and a place for what alerts write. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testConnector } from '../../src/tracker/sources/connector-self-test.js';

const isRoot = process.getuid?.() === 0;
const connector = testConnector();

const isInstalled = (program: string): boolean =>
  ['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((directory) => existsSync(join(directory, program)));

/** Says aloud why nothing is tested here. */
export function skipUnless(...programs: readonly string[]): false | string {
  if (!connector.works) return `the proc connector does not work here: ${connector.reason}`;
  if (programs.length > 0 && !isRoot) return 'needs root';
  const missing = programs.find((program) => !isInstalled(program));
  return missing === undefined ? false : `needs ${missing}`;
}

/** Arguments of foster init: events as the kernel gave them. */
export const CONNECTOR = ['--tracker', 'connector'];

/** A directory that is gone after the test. */
export function scratch(t: { teardown(handler: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-events-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
