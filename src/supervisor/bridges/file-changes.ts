/** Detects changes of files between two looks at them. Pure. */
import type { FileEvent } from './file-operands.js';

/** Identifies a path's content: inode, size and time of change, joined. */
type Content = string;

/** By path. */
export type Files = ReadonlyMap<string, Content>;

interface FileChange {
  readonly path: string;
  readonly event: FileEvent;
}

/**
 * @param reported what existed when changes were last reported
 * @param before what was seen at the last look: a file that keeps changing is being written, and is not
 * reported yet
 * @returns the changes, and `reported` for the next look; `unsettled` if one more look is needed later
 */
export function fileChanges(
  reported: Files,
  before: Files,
  now: Files,
): { readonly changes: readonly FileChange[]; readonly reported: Files; readonly unsettled: boolean } {
  const changes: FileChange[] = [];
  const next = new Map<string, Content>();
  let unsettled = false;
  for (const [path, content] of now) {
    const known = reported.get(path);
    const isSettled = known === undefined || known === content || before.get(path) === content;
    next.set(path, isSettled ? content : known);
    if (!isSettled) unsettled = true;
    else if (known === undefined) changes.push({ path, event: 'create' });
    else if (known !== content) changes.push({ path, event: 'modify' });
  }
  for (const path of reported.keys()) if (!now.has(path)) changes.push({ path, event: 'delete' });
  return { changes, reported: next, unsettled };
}
