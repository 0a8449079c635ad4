/** Finds, adds and removes the stanza `manual` in the text of an override. Pure. */

const MANUAL = /^[ \t]*manual[ \t]*(?:#.*)?$/;
/** Lines of a script are not stanzas: `script`, `pre-start script` */
const BLOCK_BEGINS = /^[ \t]*(?:(?:pre|post)-(?:start|stop)[ \t]+)?script[ \t]*(?:#.*)?$/;
const BLOCK_ENDS = /^[ \t]*end[ \t]+script\b/;

export function hasManual(text: string): boolean {
  return manualLines(text).size > 0;
}

/** Appends the stanza, since `manual` only cancels a `start on` before it. */
export function withManual(text: string): string {
  const line = 'manual\n';
  return text === '' || text.endsWith('\n') ? text + line : `${text}\n${line}`;
}

/** Returns an empty text if no other stanza is left. */
export function withoutManual(text: string): string {
  const lines = manualLines(text);
  const rest = text
    .split('\n')
    .filter((_, index) => !lines.has(index))
    .join('\n');
  return rest.trim() === '' ? '' : rest;
}

/** Returns the indices of the lines with this stanza. */
function manualLines(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  let inBlock = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (inBlock) inBlock = !BLOCK_ENDS.test(line);
    else if (BLOCK_BEGINS.test(line)) inBlock = true;
    else if (MANUAL.test(line)) found.add(index);
  }
  return found;
}
