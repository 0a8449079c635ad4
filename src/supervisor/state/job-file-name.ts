/** Names of files in the run directory that belong to one job. Pure. */
import { createHash } from 'node:crypto';
import type { JobRef } from '../core/contract.js';

/** A file name has at most 255 bytes (NAME_MAX); this leaves room for the endings. */
const LONGEST_STEM = 200;

/**
 * A file name without slash for any job, different for different jobs: every byte but letters, digits, `_`, `-` and inner
 * dots is written as %XX, a comma separates the instance. Names too long for a file are replaced by their hash.
 */
export function jobFileName({ name, instance }: JobRef, ending: string): string {
  const stem = instance === '' ? encode(name) : `${encode(name)},${encode(instance)}`;
  const short = stem.length <= LONGEST_STEM ? stem : `#${createHash('sha256').update(stem).digest('hex')}`;
  return `${short}${ending}`;
}

/** The job that a file belongs to; undefined where the name is a hash, or not one of ours. */
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
