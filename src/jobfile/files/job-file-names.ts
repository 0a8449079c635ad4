/**
 * Which files and directories below a configuration directory count (upstart.md 1.1), and what their jobs are called.
 */

export type JobFileKind = 'conf' | 'ini' | 'override';

/** What a path below a configuration directory is about. */
export interface JobFileName {
  /** path without extension: `net/apache` */
  readonly job: string;
  readonly kind: JobFileKind;
}

/**
 * The job that a file is about; undefined for any other file. A file that is only an extension (`.conf`) is about none, and
 * so is a dotfile: somebody has put it aside, or an editor or copying program has not finished. (`.hid.conf` is the
 * exception, see isHiddenJob. A lock file of emacs, `.#x.conf`, is a link to nowhere.)
 *
 * @param path relative to the configuration directory
 */
export function jobFileName(path: string): JobFileName | undefined {
  const match = /^(.*[^/])\.(conf|ini|override)$/s.exec(path);
  if (match === null || /(?:^|\/)\.#[^/]*$/.test(path)) return undefined;
  const [job, kind] = [match[1]!, match[2] as JobFileKind];
  return isHiddenJob(job) && kind !== 'conf' ? undefined : { job, kind };
}

/**
 * Says whether a job is that of a dotfile `.NAME.conf`, which is a job to Upstart. Here it is none: no event starts it, and
 * nothing shows it but initctl, whose list is Upstart's to the letter.
 */
export function isHiddenJob(name: string): boolean {
  return /(?:^|\/)\.[^/]*$/.test(name);
}

/** Names that version control systems give to directories of theirs. */
const VERSION_CONTROL = ['RCS', 'CVS', 'CVS.adm', 'SCCS', 'BitKeeper', '{arch}', '_darcs'];

const IGNORED = [
  // hidden, which includes .git, .svn, .hg and .bzr
  /^\./,
  // backups of editors and package managers
  /~$/,
  /\.(?:bak|BAK|swp|swo|swn)$/,
  /^#.*#$/,
  /,v$/,
  /\.dpkg-[^.]*$/,
  /\.rpm(?:save|orig|new)$/,
  /;[0-9a-fA-F]{8}$/,
];

/** Is a directory of this name left out, with all that is in it? */
export function isIgnoredDirectory(name: string): boolean {
  return VERSION_CONTROL.includes(name) || IGNORED.some((pattern) => pattern.test(name));
}
