/** Expands a pattern to paths, in order, as glob(3) does: `*`, `?` and `[...]` in any part. */
import { join } from 'node:path';
import type { Surroundings } from './model.js';

export function globPaths(pattern: string, around: Pick<Surroundings, 'kindOf' | 'list'>): readonly string[] {
  let found = [pattern.startsWith('/') ? '/' : '.'];
  for (const part of pattern.split('/').filter((one) => one !== '' && one !== '.')) {
    found = found.flatMap((directory) => {
      if (!/[*?[]/.test(part))
        return around.kindOf(join(directory, part)) === undefined ? [] : [join(directory, part)];
      if (around.kindOf(directory) !== 'directory') return [];
      const fits = partPattern(part);
      const names = around
        .list(directory)
        .filter((name) => fits.test(name) && (part.startsWith('.') || !name.startsWith('.')));
      return names.map((name) => join(directory, name));
    });
  }
  return found;
}

function partPattern(part: string): RegExp {
  const source = part.replace(/\[!?[^\]]+\]|[*?]|[\\^$.|+(){}[\]]/g, (piece) => {
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    // within brackets only `!`, `-` and the closing bracket are special
    if (piece.length > 2) return piece.replace(/^\[!/, '[^').replace(/\\/g, '\\\\');
    return `\\${piece}`;
  });
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // a range in the wrong order matches nothing
    return /^(?!)/;
  }
}
