/**
 * Decides which files and directories below a configuration directory count (upstart.md 1.1), and how their
 * jobs are named.
 */

type JobFileKind = 'conf' | 'ini' | 'override';

/** The meaning of a path below a configuration directory. */
export interface JobFileName {
  /** path without extension: `net/apache` */
  readonly job: string;
  readonly kind: JobFileKind;
}

/**
 * Returns the job of a file; undefined for any other file. A file that is only an extension (`.conf`) has
 * none, and neither has a dotfile: somebody has disabled it, or an editor or copying program has not
 * finished. (`.hid.conf` is the exception, see isHiddenJob. A lock file of emacs, `.#x.conf`, is a dangling
 * link.)
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
 * Tests for the job of a dotfile `.NAME.conf`, which Upstart treats as a job. In foster no event starts it,
 * and only initctl shows it, because its list must be Upstart's exactly.
 */
export function isHiddenJob(name: string): boolean {
  return /(?:^|\/)\.[^/]*$/.test(name);
}

/** Directory names of version control systems. */
const VERSION_CONTROL = ['RCS', 'CVS', 'CVS.adm', 'SCCS', 'BitKeeper', '{arch}', '_darcs'];

const IGNORED = [
  // hidden, including .git, .svn, .hg and .bzr
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

/** Tests whether a directory of this name is skipped with all its contents. */
export function isIgnoredDirectory(name: string): boolean {
  return VERSION_CONTROL.includes(name) || IGNORED.some((pattern) => pattern.test(name));
}
