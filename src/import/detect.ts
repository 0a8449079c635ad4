/** Detects the kind of a definition by its name, or by its contents when the name is not enough. */
import { basename, join } from 'node:path';
import type { Kind, Surroundings } from './model.js';
import { serviceDirectories } from './service-directory/layout.js';
import { isUnitFile } from './systemd/load.js';

/** Returns the kind of a path; undefined when it is unknown. */
export function kindOfPath(path: string, around: Surroundings): Kind | undefined {
  const name = basename(around.resolve(path));
  if (
    isUnitName(name) ||
    (name.endsWith('.conf') && /\.(?:service|socket|timer|path)\.d$/.test(basename(join(path, '..'))))
  )
    return 'systemd';
  const what = around.kindOf(path);
  if (what === 'directory') return kindOfDirectory(path, around);
  return what === 'file' ? kindOfFile(path, name, around) : undefined;
}

/** Tests for names of units, including `foo@bar.service`, which may have no file. */
function isUnitName(name: string): boolean {
  return isUnitFile(name.replace(/\.in$/, ''));
}

function kindOfDirectory(path: string, around: Surroundings): Kind | undefined {
  const [service] = serviceDirectories(path, around);
  if (service !== undefined) return service.flavour === 'runit' ? 'runit' : 's6';
  return around.list(path).some(isUnitFile) ? 'systemd' : undefined;
}

function kindOfFile(path: string, name: string, around: Surroundings): Kind | undefined {
  if (/procfile/i.test(name)) return 'procfile';
  if (/\.[cm]?js$/.test(name)) return 'pm2';
  const text = readOr(path, around);
  if (
    /^\s*\[(?:program|group|eventlistener|fcgi-program):|^\s*\[(?:supervisord|include|unix_http_server|supervisorctl)\]/m.test(
      text,
    )
  )
    return 'supervisord';
  if (/\.ya?ml$/.test(name))
    return /^services\s*:/m.test(text)
      ? 'compose'
      : /^\s*-?\s*(?:apps|script|cmd|pm2)\s*:/m.test(text)
        ? 'pm2'
        : undefined;
  if (name.endsWith('.json'))
    return /["']?(?:apps|script|cmd)["']?\s*:/.test(text)
      ? 'pm2'
      : /["']services["']\s*:/.test(text)
        ? 'compose'
        : undefined;
  if (/^\s*\[(?:Unit|Service|Socket|Timer)\]/m.test(text)) return 'systemd';
  return /^[A-Za-z0-9_-]+:\s+\S/m.test(text) ? 'procfile' : undefined;
}

/** Reads a file, or returns an empty text: the reader of its kind reports the error. */
function readOr(path: string, around: Surroundings): string {
  try {
    return around.read(path);
  } catch (error) {
    if (error instanceof Error) return '';
    throw error;
  }
}

/** Returns the files of a directory whose names show their kind, when the directory itself has none. */
export function filesWithin(directory: string, around: Surroundings): readonly string[] {
  return around
    .list(directory)
    .filter((name) => !name.startsWith('.') && !/\.(?:md|txt|lock)$/.test(name))
    .map((name) => join(directory, name))
    .filter((path) => around.kindOf(path) === 'file' && kindOfPath(path, around) !== undefined);
}
