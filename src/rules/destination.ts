/** Expands templates in destinations (cgrules.conf(5)). Pure. */
import type { Subject } from './subject.js';

/** Names of users and groups by number. */
export interface Names {
  readonly user: (uid: number) => string | undefined;
  readonly group: (gid: number) => string | undefined;
}

/**
 * The meaning of each letter. The manual page of libcgroup 2.0.2 assigns small letters to numbers and
 * capitals to names; its cgrulesengd does the opposite, and existing files are written for the program.
 */
const LETTERS: Readonly<Record<string, (subject: Subject, names: Names) => string>> = {
  u: ({ uid }, names) => names.user(uid) ?? String(uid),
  U: ({ uid }) => String(uid),
  g: ({ gid }, names) => names.group(gid) ?? String(gid),
  G: ({ gid }) => String(gid),
  p: ({ name, pid }) => (name === '' ? String(pid) : name),
  P: ({ pid }) => String(pid),
};

/**
 * Expands a destination. `\` makes the next character literal; a `%` before any other letter is literal, too.
 */
export function expandDestination(template: string, subject: Subject, names: Names): string {
  return template.replace(
    /\\(.?)|%([uUgGpP])/g,
    (_, escaped: string | undefined, letter: string) => escaped ?? LETTERS[letter]!(subject, names),
  );
}

/**
 * Returns a destination as a path below a hierarchy, without a slash at either end.
 * @returns undefined if it would leave the hierarchy: a process may call itself `../../etc`
 */
export function groupPath(destination: string): string | undefined {
  const parts = destination.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || destination.includes('\0') ? undefined : parts.join('/');
}
