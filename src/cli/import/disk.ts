/** Gives an import access to the disk. */
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { resolve } from 'node:path';
import { readTextFile, whyUnreadable } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Surroundings } from '../../import/model.js';
import { isCodedError } from '../../kernel/errno.js';

/** The largest definition files are lists of services written by programs. */
const LARGEST = 16 * 1024 * 1024;

export function diskSurroundings(environment: Surroundings['environment']): Surroundings {
  return {
    kindOf: (path) => {
      const stats = attempt(() => statSync(path, { throwIfNoEntry: false }));
      if (stats === undefined) return undefined;
      return stats.isDirectory() ? 'directory' : 'file';
    },
    list: (directory) => (attempt(() => readdirSync(directory)) ?? []).sort(),
    read: (path) => {
      if (isMasked(path)) return '';
      try {
        return readTextFile(path, { limit: LARGEST });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        throw new Error(`cannot be read: ${whyUnreadable(error)}`, { cause: error });
      }
    },
    isExecutable: (path) =>
      attempt(() => {
        accessSync(path, constants.X_OK);
        return true;
      }) ?? false,
    resolve: (path) => resolve(path),
    environment,
  };
}

/**
 * Tests for systemd's way of disabling a unit or a drop-in: a link to /dev/null counts as an empty file
 * (systemd.unit(5)).
 */
function isMasked(path: string): boolean {
  return attempt(() => realpathSync(path)) === devNull;
}

/** Returns undefined for files that foster may not look at; the error appears when the file is read. */
function attempt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}
