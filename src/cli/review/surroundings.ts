/** Checks what a job needs on this machine: directories, users and groups. */
import { statSync } from 'node:fs';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { nearestWord } from '../../jobfile/stanzas/nearest-word.js';
import { runGetent, type GetentDatabase } from '../../kernel/users/getent.js';
import { findGroup, findUser, readUserDatabase, type UserDatabase } from '../../kernel/users/users.js';
import { isId } from '../../supervisor/launch/identity.js';
import { inRoot } from '../../supervisor/launch/rooted-path.js';
import { at, isLiteral, type ReviewedJob } from './job.js';
import { isCodedError } from '../../kernel/errno.js';

/** Returns the root directory of a job; undefined when it is not known or does not exist. */
export function rootOf({ class: { chroot } }: ReviewedJob): string | undefined {
  if (chroot === undefined) return '/';
  return isLiteral(chroot) && isDirectory(chroot) ? chroot : undefined;
}

/** Warns about directories that do not exist. */
export function reviewDirectories(job: ReviewedJob): readonly JobFileWarning[] {
  const { chroot, chdir } = job.class;
  const remarks: JobFileWarning[] = [];
  if (chroot !== undefined && isLiteral(chroot) && !isDirectory(chroot))
    remarks.push(at(job, 'chroot', missing(chroot)));
  const root = rootOf(job);
  if (chdir === undefined || root === undefined || !isLiteral(chdir)) return remarks;
  if (!chdir.startsWith('/')) return [...remarks, at(job, 'chdir', relative(chdir))];
  const here = inRoot(root, chdir);
  if (here !== undefined && !isDirectory(here))
    remarks.push(at(job, 'chdir', missing(root === '/' ? chdir : `${chdir} below ${root}`)));
  return remarks;
}

function missing(directory: string) {
  if (directory.startsWith('~')) return relative(directory);
  return {
    message: `there is no directory ${directory}: the job cannot start`,
    remedy: `make it, for instance with \`mkdir -p ${directory}\`, or correct the path`,
  };
}

/** Warns about relative directories: chdir(2) would start from foster's own directory. */
function relative(directory: string) {
  return {
    message: directory.startsWith('~')
      ? `\`~\` is not replaced: there is no directory ${directory}`
      : `${directory} is no absolute path: it depends on where foster was started`,
    remedy: 'write a path that begins with `/`',
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (isCodedError(error)) return error.code === 'EACCES'; // it may be one
    throw error;
  }
}

/** Warns about users and groups that do not exist. getent(1) also asks LDAP and the like. */
export async function reviewAccounts(job: ReviewedJob): Promise<readonly JobFileWarning[]> {
  const root = rootOf(job);
  if (root === undefined) return [];
  const inside = (file: string): string => inRoot(root, file) ?? file;
  const users = readUserDatabase(inside('/etc/passwd'), inside('/etc/group'));
  const { setuid, setgid } = job.class;
  const remarks: JobFileWarning[] = [];
  if (setuid !== undefined && !(await isKnown('passwd', setuid, root, users))) {
    const names = users.users.map(({ name }) => name);
    remarks.push(at(job, 'setuid', unknown('user', setuid, names, `useradd --system ${setuid}`)));
  }
  if (setgid !== undefined && !(await isKnown('group', setgid, root, users))) {
    const names = users.groups.map(({ name }) => name);
    remarks.push(at(job, 'setgid', unknown('group', setgid, names, `groupadd --system ${setgid}`)));
  }
  return remarks;
}

async function isKnown(
  database: GetentDatabase & ('passwd' | 'group'),
  name: string,
  root: string,
  users: UserDatabase,
): Promise<boolean> {
  if (!isLiteral(name) || isId(name)) return true;
  const found = database === 'passwd' ? findUser(users, name) : findGroup(users, name);
  if (found !== undefined || root !== '/') return found !== undefined;
  const answer = await runGetent(database, [name]);
  // without an answer there is no conclusion
  return !answer.ok || answer.text !== '';
}

function unknown(what: string, name: string, known: readonly string[], make: string) {
  const nearest = nearestWord(name, known);
  const guess = nearest === undefined ? '' : `did you mean ${nearest}? `;
  return {
    message: `there is no ${what} ${name}: the job cannot start`,
    remedy: `${guess}\`${make}\` makes it`,
  };
}
