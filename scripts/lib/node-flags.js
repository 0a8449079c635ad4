import { readFileSync } from 'node:fs';

/** Returns the flags under which bin/foster runs Node: V8's code cache holds for exactly these. */
export function nodeFlags() {
  const launcher = readFileSync(new URL('../../bin/foster', import.meta.url), 'utf8');
  const found = /exec node (.*?)"\$0"/.exec(launcher);
  if (found === null) throw new Error('bin/foster has no line with exec node … "$0"');
  return found[1].split(' ').filter((flag) => flag !== '');
}
