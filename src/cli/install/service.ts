/** The services by which service managers start foster: where each is, and what is in it. Pure. */
import { delimiter, dirname, join } from 'node:path';

export const MANAGERS = ['systemd', 'openrc', 'sysvinit'] as const;
export type Manager = (typeof MANAGERS)[number];

/** For whom foster runs: the machine, or the user who asks. */
export type Scope = 'system' | 'user';

export interface Service {
  readonly path: string;
  /** name of the template in packaging/ */
  readonly template: string;
  /** permissions of the file */
  readonly mode: number;
  /** made, if it is missing: where the job files are */
  readonly confdir: string;
  /** commands that start it now and at each boot */
  readonly enable: readonly string[];
  /** commands that stop it for good, before its file is removed */
  readonly disable: readonly string[];
  /** a link that is there as long as it is enabled */
  readonly enabledBy: string;
}

/** What managers give their services where a service says nothing (systemd.exec(5)). */
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
    // update-rc.d(8) numbers them without need: 01 where nothing is asked to come before
    enabledBy: '/etc/rc2.d/S01foster',
  },
};

/** @param home the user's, for its own service */
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

/** What stands at the beginning of every service that foster has written: another file is somebody else's. */
export function isFosters(text: string): boolean {
  return /^(?:#!.*\n)?# foster as a service of /.test(text);
}

/**
 * @param foster path of the launcher
 * @param node path of the Node that runs now: the launcher looks for it in the PATH
 */
export function serviceText(template: string, foster: string, node: string): string {
  const directory = dirname(node);
  const path = DEFAULT_PATH.includes(directory) ? DEFAULT_PATH : [directory, ...DEFAULT_PATH];
  return template.replaceAll('@FOSTER@', foster).replaceAll('@PATH@', path.join(delimiter));
}
