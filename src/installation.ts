/** The directory in which foster is installed, and what it finds there. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTextFile } from './kernel/files/read-file.js';

/** Holds package.json. This module is two directories below it both in build/src/ and in the bundle, build/bundle/. */
const INSTALLATION = fileURLToPath(new URL('../..', import.meta.url));

/** A program that Node runs by itself: a file of its own beside the bundle. */
export const BECOME_PROGRAM = join(INSTALLATION, 'build/bundle/become.cjs');

/** Holds Upstart's commands by their own names: its job files call them without a path. */
export const UPSTART_COMMANDS = join(INSTALLATION, 'bin/upstart');

/** The program as it is run. */
export const LAUNCHER = join(INSTALLATION, 'bin/foster');

/** Holds the services of `foster install`, as templates. */
export const SERVICE_TEMPLATES = join(INSTALLATION, 'packaging');

/** Holds the page of `foster web`, as the browser gets it. */
export const WEB_PAGE = join(INSTALLATION, 'build/bundle/web');

/** package.json has one or two kilobytes */
const PACKAGE_LIMIT = 64 * 1024;

/** Returns the version on disk, which is newer than that of a running supervisor after an upgrade. */
export function installedVersion(): string {
  const text = readTextFile(join(INSTALLATION, 'package.json'), { limit: PACKAGE_LIMIT });
  return (JSON.parse(text) as { version: string }).version;
}
