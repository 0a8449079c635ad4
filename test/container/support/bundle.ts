/** The configuration of a container as Docker would write it for runc (OCI runtime specification, config.json). */
import { allowing, DOCKER_CAPABILITIES, dockerFilter, type SeccompFilter } from './docker-profile.js';

export interface ContainerOptions {
  /** capabilities beside Docker's default ones, without CAP_; `docker run --cap-add` */
  readonly added?: readonly string[];
  /** Docker's filter made from the capabilities, or another one; `none` is `--security-opt seccomp=unconfined` */
  readonly seccomp?: 'none' | ((docker: SeccompFilter) => SeccompFilter);
  /** bytes; `docker run --memory`, without swap */
  readonly memory?: number;
  /** `docker run --pids-limit` */
  readonly pids?: number;
  readonly readonlyRoot?: boolean;
  readonly uid?: number;
  /** mount options of /proc beside the usual ones */
  readonly proc?: readonly string[];
  /** namespaces that are the host's: `docker run --pid=host` */
  readonly shared?: readonly Namespace[];
  /** mount options of /run */
  readonly run?: readonly string[];
  /** `docker run --tmpfs` */
  readonly tmpfs?: readonly string[];
}

/** `docker run --cap-add PERFMON`: Docker's own filter allows perf events then, Debian's copy of it wants CAP_SYS_ADMIN still. */
export const PERFMON: ContainerOptions = {
  added: ['PERFMON'],
  seccomp: (filter) => allowing(filter, ['perf_event_open']),
};

export type Namespace = 'pid' | 'network' | 'uts' | 'ipc' | 'mount';

const NAMESPACES: readonly Namespace[] = ['mount', 'network', 'uts', 'pid', 'ipc'];

export interface Place {
  /** the root file system */
  readonly root: string;
  /** directories of the machine that are seen inside under the same name, read-only */
  readonly binds: Readonly<Record<string, string>>;
  readonly id: string;
  readonly env: readonly string[];
}

/** What a program needs of /dev: null, full, zero, random, urandom, tty, console. */
const DEVICES: readonly (readonly [number, number])[] = [
  [1, 3],
  [1, 5],
  [1, 7],
  [1, 8],
  [1, 9],
  [5, 0],
  [5, 1],
  [5, 2],
];

/** @returns config.json */
export function containerConfig(args: readonly string[], place: Place, options: ContainerOptions): unknown {
  const { added = [], uid = 0, readonlyRoot = false, shared = [] } = options;
  const granted = [...DOCKER_CAPABILITIES, ...added.map((name) => `CAP_${name}`)];
  // the kernel takes them from another user at the exec; Docker keeps them in the bounding set
  const effective = uid === 0 ? granted : [];
  return {
    ociVersion: '1.0.2',
    hostname: 'container',
    root: { path: place.root, readonly: readonlyRoot },
    process: {
      terminal: false,
      user: { uid, gid: uid },
      args,
      env: place.env,
      cwd: '/',
      capabilities: { bounding: granted, effective, permitted: effective },
    },
    mounts: mounts(place, options),
    linux: {
      namespaces: NAMESPACES.filter((type) => !shared.includes(type)).map((type) => ({ type })),
      cgroupsPath: `/${place.id}`,
      resources: resources(options),
      ...filterOf(granted, options),
      maskedPaths: ['/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

function filterOf(granted: readonly string[], { seccomp }: ContainerOptions): { seccomp?: SeccompFilter } {
  if (seccomp === 'none') return {};
  const docker = dockerFilter(granted);
  return { seccomp: seccomp === undefined ? docker : seccomp(docker) };
}

function mounts({ binds }: Place, { proc = [], run = [], tmpfs = [] }: ContainerOptions): readonly unknown[] {
  const mount = (destination: string, type: string, source: string, ...options: readonly string[]) => ({
    destination,
    type,
    source,
    options,
  });
  const inert = ['nosuid', 'noexec', 'nodev'];
  return [
    mount('/proc', 'proc', 'proc', ...inert, ...proc),
    mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
    mount(
      '/dev/pts',
      'devpts',
      'devpts',
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      'gid=5',
    ),
    mount('/dev/shm', 'tmpfs', 'shm', ...inert, 'mode=1777', 'size=67108864'),
    mount('/sys', 'sysfs', 'sysfs', ...inert, 'ro'),
    mount('/sys/fs/cgroup', 'cgroup', 'cgroup', ...inert, 'ro'),
    mount('/tmp', 'tmpfs', 'tmpfs', 'nosuid', 'nodev', 'mode=1777'),
    mount('/run', 'tmpfs', 'tmpfs', 'nosuid', 'nodev', 'mode=755', ...run),
    ...tmpfs.map((path) => mount(path, 'tmpfs', 'tmpfs', ...inert, 'mode=1777')),
    ...Object.entries(binds).map(([inside, outside]) => mount(inside, 'bind', outside, 'rbind', 'ro')),
  ];
}

function resources({ memory, pids }: ContainerOptions): unknown {
  return {
    devices: [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', access: 'm' },
      { allow: true, type: 'b', access: 'm' },
      ...DEVICES.map(([major, minor]) => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
      { allow: true, type: 'c', major: 136, access: 'rwm' },
    ],
    ...(memory !== undefined && { memory: { limit: memory, swap: memory } }),
    ...(pids !== undefined && { pids: { limit: pids } }),
  };
}
