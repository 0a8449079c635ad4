/**
 * Users and groups that are not in /etc/passwd and /etc/group, but in LDAP, sssd, systemd-userdb ... (nsswitch.conf(5)), asked
 * by getent(1) as a process of its own. getpwnam(3) within foster would block it for as long as the network is away, and would
 * load whatever modules the machine has for it; a process can be given a limit of time.
 *
 * Not for the supervisor, whose children are its own (node:child_process waits for them behind its back).
 */
import { execFile } from 'node:child_process';

/** `initgroups`: the groups of users by name, as initgroups(3) gives them at a login */
export type GetentDatabase = 'passwd' | 'group' | 'initgroups';

/** What is not found is not in the text; getent does not say whether it does not exist or could not be asked for. */
export type GetentAnswer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** @param keys names or numbers */
export type Getent = (database: GetentDatabase, keys: readonly string[]) => Promise<GetentAnswer>;

/** Milliseconds. A lookup that takes longer is as good as none to a process that is to be moved. */
const LIMIT = 5_000;

/** getent(1): "One or more supplied key could not be found" */
const NOT_FOUND = 2;

/** Sources that are nothing but the two files, which are read directly. */
const FILES = new Set(['files', 'compat']);

/**
 * Whether there is anybody to ask but the files.
 * @param text of /etc/nsswitch.conf; an empty one means files to glibc
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

/** Of `getent initgroups`: `NAME GID GID ...`. */
export function parseInitgroups(text: string): ReadonlyMap<string, readonly number[]> {
  return new Map(
    text.split('\n').flatMap((line): readonly [string, readonly number[]][] => {
      const [name = '', ...gids] = line.trim().split(/\s+/);
      return name === '' ? [] : [[name, gids.map(Number)]];
    }),
  );
}
