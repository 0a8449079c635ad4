/**
 * Looks up users and groups that are not in /etc/passwd and /etc/group, but in LDAP, sssd, systemd-userdb ...
 * (nsswitch.conf(5)), with getent(1) as a separate process. getpwnam(3) within foster would block it while
 * the network is down, and would load the machine's NSS modules. A process can have a timeout.
 *
 * Not for the supervisor, which must wait for its children itself (node:child_process would wait behind its
 * back).
 */
import { execFile } from 'node:child_process';

/** `initgroups`: the groups of users by name, as initgroups(3) returns them at a login */
export type GetentDatabase = 'passwd' | 'group' | 'initgroups';

/** The text omits keys that were not found; getent does not say whether they do not exist or could not be looked up. */
export type GetentAnswer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** @param keys names or numbers */
export type Getent = (database: GetentDatabase, keys: readonly string[]) => Promise<GetentAnswer>;

/** Milliseconds. For a process that must be moved, a longer lookup is useless. */
const LIMIT = 5_000;

/** getent(1): "One or more supplied key could not be found" */
const NOT_FOUND = 2;

/** Name services that are only the two files, which foster reads directly. */
const FILES = new Set(['files', 'compat']);

/**
 * Tests whether there are name services other than the files.
 * @param text of /etc/nsswitch.conf; glibc treats an empty one as files
 */
export function asksBeyondFiles(text: string): boolean {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').split(':'))
    .filter(([database = '']) => ['passwd', 'group', 'initgroups'].includes(database.trim()))
    .flatMap(([, sources = '']) => sources.replace(/\[[^\]]*\]/g, ' ').split(/\s+/))
    .some((source) => source !== '' && !FILES.has(source));
}

export const runGetent: Getent = (database, keys) =>
  new Promise((resolve) => {
    const options = { timeout: LIMIT, killSignal: 'SIGKILL', maxBuffer: Infinity } as const;
    execFile('getent', [database, '--', ...keys], options, (error, text) => {
      if (error === null || error.code === NOT_FOUND) return resolve({ ok: true, text });
      const reason = error.killed === true ? `no answer within ${LIMIT / 1000} s` : error.message.trim();
      resolve({ ok: false, reason: `getent ${database}: ${reason}` });
    });
  });

/** Parses the output of `getent initgroups`: `NAME GID GID ...`. */
export function parseInitgroups(text: string): ReadonlyMap<string, readonly number[]> {
  return new Map(
    text.split('\n').flatMap((line): readonly [string, readonly number[]][] => {
      const [name = '', ...gids] = line.trim().split(/\s+/);
      return name === '' ? [] : [[name, gids.map(Number)]];
    }),
  );
}
