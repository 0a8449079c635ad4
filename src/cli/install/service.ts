/** Describes the services by which service managers start foster: their paths and contents. Pure. */
import { delimiter, dirname, join } from 'node:path';

export const MANAGERS = ['systemd', 'openrc', 'sysvinit'] as const;
export type Manager = (typeof MANAGERS)[number];

/** Who foster runs for: the machine or one user. */
type Scope = 'system' | 'user';

export interface Service {
  readonly path: string;
  /** name of the template in packaging/ */
  readonly template: string;
  /** mode of the file */
  readonly mode: number;
  /** directory of job files, which is created if it is missing */
  readonly confdir: string;
  /** commands that start it, now and at each boot */
  readonly enable: readonly string[];
  /** commands that stop and disable it, before its file is removed */
  readonly disable: readonly string[];
  /** a link that exists while the service is enabled */
  readonly enabledBy: string;
}

/** The PATH that service managers set by default (systemd.exec(5)). */
const DEFAULT_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const SYSTEM_SERVICES: Readonly<Record<Manager, Service>> = {
  systemd: {
    path: '/etc/systemd/system/foster.service',
    template: 'foster.service',
    mode: 0o644,
    confdir: '/etc/foster',
    enable: ['systemctl daemon-reload', 'systemctl enable --now foster'],
    disable: ['systemctl disable --now foster'],
    enabledBy: '/etc/systemd/system/multi-user.target.wants/foster.service',
  },
  openrc: {
    path: '/etc/init.d/foster',
    template: 'foster.openrc',
    mode: 0o755,
    confdir: '/etc/foster',
    enable: ['rc-update add foster default', 'rc-service foster start'],
    disable: ['rc-service foster stop', 'rc-update delete foster'],
    enabledBy: '/etc/runlevels/default/foster',
  },
  sysvinit: {
    path: '/etc/init.d/foster',
    template: 'foster.sysvinit',
    mode: 0o755,
    confdir: '/etc/foster',
    enable: ['update-rc.d foster defaults', 'service foster start'],
    disable: ['service foster stop', 'update-rc.d -f foster remove'],
    // update-rc.d(8) numbers services by their dependencies: 01 when nothing comes before
    enabledBy: '/etc/rc2.d/S01foster',
  },
};

/**
 * Returns the service for a manager and a scope.
 * @param home the user's home directory, for a user service
 */
export function serviceOf(manager: Manager, scope: Scope, home: string): Service {
  if (scope === 'system') return SYSTEM_SERVICES[manager];
  return {
    path: join(home, '.config/systemd/user/foster.service'),
    template: 'foster-user.service',
    mode: 0o644,
    confdir: join(home, '.config/foster'),
    enable: ['systemctl --user daemon-reload', 'systemctl --user enable --now foster'],
    disable: ['systemctl --user disable --now foster'],
    enabledBy: join(home, '.config/systemd/user/default.target.wants/foster.service'),
  };
}

/** Tests whether foster wrote the file, by its first line: other files are left alone. */
export function isFosters(text: string): boolean {
  return /^(?:#!.*\n)?# foster as a service of /.test(text);
}

/**
 * Fills the template.
 * @param foster path of the launcher
 * @param node path of the running Node: the launcher looks for it in the PATH
 */
export function serviceText(template: string, foster: string, node: string): string {
  const directory = dirname(node);
  const path = DEFAULT_PATH.includes(directory) ? DEFAULT_PATH : [directory, ...DEFAULT_PATH];
  return template.replaceAll('@FOSTER@', foster).replaceAll('@PATH@', path.join(delimiter));
}
