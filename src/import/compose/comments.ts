/** Finds the position of a value in a Compose file, and the comments before it. Pure. */
import { isMap, isPair, isScalar, isSeq, type Document, type Pair } from 'yaml';
import type { Origin } from '../model.js';

/** Finds a setting by its keys; for one from an anchor or a merge key, only the words are known. */
export type SourceOf = (...keys: readonly string[]) => Pick<Origin, 'file' | 'line' | 'comments'>;

export function sourceOf(document: Document, file: string): SourceOf {
  return (...keys) => {
    let node: unknown = document.contents;
    let pair: Pair | undefined;
    const before: string[] = [];
    for (const [index, key] of keys.entries()) {
      if (!isMap(node)) return { file };
      pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) return { file };
      // the parser attaches a comment before the first key to the map, but for people it belongs to the key
      const isFirst = node.items[0] === pair;
      if (index === keys.length - 1 && isFirst && index > 0) before.push(...lines(node.commentBefore));
      node = pair.value;
    }
    const key = pair?.key;
    const own = isScalar(key) ? [...before, ...lines(key.commentBefore)] : before;
    return { file, comments: [...own, ...innerComments(node)] };
  };
}

/** Returns comments after a value, and between the entries of a list. */
function innerComments(node: unknown): readonly string[] {
  if (isScalar(node)) return lines(node.comment);
  if (!isSeq(node)) return [];
  return [
    ...lines(node.commentBefore),
    ...node.items.flatMap((item) =>
      isScalar(item) ? [...lines(item.commentBefore), ...lines(item.comment)] : [],
    ),
    ...lines(node.comment),
  ];
}

/** Returns the comments at the top of the file. */
export function headComments(document: Document): readonly string[] {
  const contents = document.contents;
  const first = isMap(contents) ? contents.items[0]?.key : undefined;
  return [
    ...lines(document.commentBefore),
    ...(isMap(contents) ? lines(contents.commentBefore) : []),
    ...(isScalar(first) ? lines(first.commentBefore) : []),
  ];
}

function lines(comment: string | null | undefined): readonly string[] {
  return (comment ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
