/**
 * Where foster looks for and keeps things when nobody says (reference: file-hierarchy(7), the XDG base directory
 * specification, and Upstart's init(5) for sessions). Pure: the environment and the user id are given.
 */
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Who asks: root or an ordinary user (or the arbitrary uid that some container platforms give), and the environment. */
export interface Who {
  readonly uid: number;
  readonly env: Environment;
}

const SOCKET_NAME = 'foster.sock';

/**
 * The run directory's possible places, best first. /run may be read-only in a container, or belong to root only where the
 * platform chooses an arbitrary uid: then /tmp is what is left.
 */
export function runDirectories({ uid, env }: Who): readonly string[] {
  const last = `/tmp/foster-${uid}`;
  if (uid === 0) return ['/run/foster', last];
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime ? [join(runtime, 'foster'), last] : [last];
}

/** The control socket in a run directory. */
export function socketIn(rundir: string): string {
  return join(rundir, SOCKET_NAME);
}

/**
 * Configuration directories, best first. UPSTART_CONFDIR is honoured as Upstart does; /etc/init is there so that an Upstart
 * machine's directory runs as it is.
 */
export function configurationDirectories({ uid, env }: Who, user: boolean): readonly string[] {
  if (env['UPSTART_CONFDIR']) return [env['UPSTART_CONFDIR']];
  if (uid === 0 && !user) return ['/etc/foster', '/etc/init'];
  const home = env['HOME'] ?? '/';
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const shared = (env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':').filter((directory) => directory !== '');
  const own = [join(config, 'foster'), join(config, 'upstart'), join(home, '.init')];
  const vendor = [...shared.map((directory) => join(directory, 'upstart')), '/usr/share/upstart/sessions'];
  // a container may run under any uid and still be meant to run the image's own jobs
  return user ? [...own, ...vendor] : ['/etc/foster', '/etc/init', ...own];
}

/** Upstart's: logrotate's configuration and the scripts of such a machine look for logs in /var/log/upstart. */
const UPSTART = { confdir: '/etc/init', logdir: '/var/log/upstart' } as const;

/**
 * The directory of the jobs' log files.
 * @param confdirs configuration directories that were named
 */
export function logDirectory({ uid, env }: Who, user: boolean, confdirs: readonly string[] = []): string {
  if (env['UPSTART_LOGDIR']) return env['UPSTART_LOGDIR'];
  if (uid === 0 && !user) {
    const isUpstarts = confdirs.length > 0 && confdirs.every((directory) => directory === UPSTART.confdir);
    return isUpstarts ? UPSTART.logdir : '/var/log/foster';
  }
  return join(stateHome(env), 'foster');
}

/**
 * Directories for the times of log lines, best first. They belong to logs that outlive a reboot, so that the run directory is
 * for whoever has chosen that, and where nothing else can be written (a container with a read-only root).
 * @param rundir the run directory, and whether it was named
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

function stateHome(env: Environment): string {
  return env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? '/', '.local/state');
}
