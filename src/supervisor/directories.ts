/**
 * Default directories, by file-hierarchy(7), the XDG base directory specification, and Upstart's init(5) for
 * sessions. Pure: the environment and the user id are arguments.
 */
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user: root, an ordinary user, or the arbitrary uid that some container platforms assign. */
export interface Who {
  readonly uid: number;
  readonly env: Environment;
}

const SOCKET_NAME = 'foster.sock';

/**
 * Returns candidates for the run directory, best first. In a container, /run may be read-only, or writable only by
 * root although the platform chose another uid: then /tmp has to do.
 */
export function runDirectories({ uid, env }: Who): readonly string[] {
  const last = `/tmp/foster-${uid}`;
  if (uid === 0) return ['/run/foster', last];
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime ? [join(runtime, 'foster'), last] : [last];
}

/** Returns the path of the control socket in a run directory. */
export function socketIn(rundir: string): string {
  return join(rundir, SOCKET_NAME);
}

/**
 * Returns the configuration directories, best first. UPSTART_CONFDIR works as in Upstart, and /etc/init is included
 * so that the jobs of an Upstart machine run unchanged.
 */
export function configurationDirectories({ uid, env }: Who, user: boolean): readonly string[] {
  if (env['UPSTART_CONFDIR']) return [env['UPSTART_CONFDIR']];
  if (uid === 0 && !user) return ['/etc/foster', '/etc/init'];
  const home = env['HOME'] ?? '/';
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const shared = (env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':').filter((directory) => directory !== '');
  const own = [join(config, 'foster'), join(config, 'upstart'), join(home, '.init')];
  const vendor = [...shared.map((directory) => join(directory, 'upstart')), '/usr/share/upstart/sessions'];
  // a container may run under any uid, and should still run the jobs of its image
  return user ? [...own, ...vendor] : ['/etc/foster', '/etc/init', ...own];
}

/** On an Upstart machine, logrotate's configuration and scripts expect logs in /var/log/upstart. */
const UPSTART = { confdir: '/etc/init', logdir: '/var/log/upstart' } as const;

/** Returns the directory of the jobs' log files. @param confdirs configuration directories given by the user */
export function logDirectory({ uid, env }: Who, user: boolean, confdirs: readonly string[] = []): string {
  if (env['UPSTART_LOGDIR']) return env['UPSTART_LOGDIR'];
  if (uid === 0 && !user) {
    const isUpstarts = confdirs.length > 0 && confdirs.every((directory) => directory === UPSTART.confdir);
    return isUpstarts ? UPSTART.logdir : '/var/log/foster';
  }
  return join(stateHome(env), 'foster');
}

/**
 * Returns candidates for the directory of log indexes, best first. Logs outlive a reboot, and so should their
 * indexes. The run directory is used only if the user chose it, or if nothing else is writable (a container with a
 * read-only root).
 * @param rundir the run directory, and whether the user chose it
 */
export function logIndexDirectories(
  { uid, env }: Who,
  user: boolean,
  rundir: { readonly path: string; readonly isNamed: boolean },
): readonly string[] {
  const last = join(rundir.path, 'log-index');
  if (rundir.isNamed) return [last];
  if (uid === 0 && !user) return ['/var/lib/foster/log-index', last];
  return [join(stateHome(env), 'foster-log-index'), last];
}

/**
 * Returns the directory of data that outlive a reboot. A supervisor with its own run directory is one of
 * several, and keeps them there.
 * @param rundir the run directory, and whether the user chose it
 */
export function stateDirectory(
  { uid, env }: Who,
  user: boolean,
  rundir: { readonly path: string; readonly isNamed: boolean },
): string {
  if (rundir.isNamed) return join(rundir.path, 'state');
  return uid === 0 && !user ? '/var/lib/foster' : join(stateHome(env), 'foster-state');
}

function stateHome(env: Environment): string {
  return env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? '/', '.local/state');
}
