/** Names of files in the run directory that belong to one job. Pure. */
import { createHash } from 'node:crypto';
import type { JobRef } from '../core/contract.js';

/** A file name has at most 255 bytes (NAME_MAX); this leaves room for the endings. */
const MAX_STEM = 200;

/**
 * Returns a unique file name for a job. All bytes except letters, digits, `_`, `-` and inner dots become %XX, and a
 * comma separates the instance. A name that is too long for a file is replaced by its hash.
 */
export function jobFileName({ name, instance }: JobRef, ending: string): string {
  const stem = instance === '' ? encode(name) : `${encode(name)},${encode(instance)}`;
  const short = stem.length <= MAX_STEM ? stem : `#${createHash('sha256').update(stem).digest('hex')}`;
  return `${short}${ending}`;
}

/** Returns the job that a file belongs to; undefined if the name is a hash, or not one of foster's. */
export function jobOfFileName(file: string, ending: string): JobRef | undefined {
  if (!file.endsWith(ending) || file.startsWith('#')) return undefined;
  const [name, instance, ...more] = file.slice(0, -ending.length).split(',');
  if (name === undefined || name === '' || more.length > 0) return undefined;
  return { name: decode(name), instance: instance === undefined ? '' : decode(instance) };
}

function encode(text: string): string {
  const escaped = (character: string): string =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join('');
  // a leading dot would hide the file, and `..` is a directory
  return text.replace(/^\.|[^A-Za-z0-9_.-]/gu, escaped);
}

function decode(text: string): string {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '%') {
      bytes.push(Number.parseInt(text.slice(index + 1, index + 3), 16));
      index += 2;
    } else bytes.push(text.charCodeAt(index));
  }
  return Buffer.from(bytes).toString('utf8');
}
