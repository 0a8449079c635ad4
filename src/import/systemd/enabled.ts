/**
 * Determines whether systemd starts a unit of this machine at boot: `systemctl enable` creates a link in the `.wants` or
 * `.requires` directory of a target, or a link with another name (`Alias=`). Elsewhere the files do not tell.
 */
import { basename, dirname, join } from 'node:path';
import type { Surroundings } from '../model.js';
import type { UnitFile } from './unit-file.js';

/** systemd's directories, the highest precedence first. */
export const SYSTEM_DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

/** @returns undefined outside systemd's directories, and for a unit that cannot be enabled (without [Install]) */
export function isEnabled(
  path: string,
  files: readonly UnitFile[],
  around: Surroundings,
): boolean | undefined {
  if (!SYSTEM_DIRECTORIES.includes(around.resolve(dirname(path)))) return undefined;
  const install = files.flatMap(({ entries }) => entries).filter(({ section }) => section === 'Install');
  if (install.length === 0) return undefined;
  const aliases = install.filter(({ key }) => key === 'Alias').flatMap(({ value }) => value.split(/\s+/));
  return SYSTEM_DIRECTORIES.some((directory) => {
    const names = around.list(directory);
    const folders = names.filter((name) => /\.(?:wants|requires|upholds)$/.test(name));
    return (
      folders.some((folder) => around.list(join(directory, folder)).includes(basename(path))) ||
      aliases.some((alias) => names.includes(alias))
    );
  });
}
