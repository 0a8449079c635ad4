import { accessSync, constants, existsSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DoctorReport, Finding } from './report.js';
import { messageOf } from '../../text/phrases.js';

/** Returns the first usable directory, or else the first one with the reason. Creates nothing. */
export function usableRunDirectory(directories: readonly string[]): DoctorReport['runDirectory'] {
  const tried = directories.map((path) => ({ path, usable: examine(path) }));
  return tried.find(({ usable }) => usable.works) ?? tried[0]!;
}

function examine(path: string): Finding {
  const exists = existsSync(path);
  try {
    accessSync(exists ? path : existingParent(path), constants.W_OK);
  } catch (error) {
    return { works: false, reason: messageOf(error) };
  }
  if (!exists) return { works: true, detail: 'it is made at the start' };
  const [{ uid }, own] = [lstatSync(path), process.geteuid?.() ?? 0];
  if (uid !== own && own !== 0) return { works: false, reason: `it belongs to uid ${uid}` };
  return { works: true, detail: 'it is there' };
}

function existingParent(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) ? parent : existingParent(parent);
}
