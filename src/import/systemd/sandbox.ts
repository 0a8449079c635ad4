/** Restrictions of systemd that foster lacks, and possible substitutes. Data. */

interface Sandboxing {
  /** what the service can do without the restriction */
  readonly why: string;
  readonly instead: string;
}

const BWRAP = 'start the program through bwrap(1) (Debian: bubblewrap)';
const SECCOMP =
  'a profile of AppArmor (`apparmor switch`), or a launcher that loads a seccomp filter, such as firejail(1) or minijail0(1)';
const FILES = 'the service can see and write all files that its user may';

function filesystem(option: string): Sandboxing {
  return { why: FILES, instead: `${BWRAP} with ${option}, or an AppArmor profile (\`apparmor switch\`)` };
}

const seccomp = (why: string): Sandboxing => ({ why, instead: SECCOMP });
const unshare = (why: string, option: string): Sandboxing => ({
  why,
  instead: `start the program through unshare(1): \`unshare ${option} --\`, or bwrap(1)`,
});
const capabilities = (why: string, option: string): Sandboxing => ({
  why,
  instead: `start the program through setpriv(1): \`setpriv ${option} --\``,
});

const SANDBOXING: Readonly<Record<string, Sandboxing>> = {
  ProtectSystem: filesystem('`--ro-bind / /` and `--bind` for what it may write'),
  ProtectHome: filesystem('`--tmpfs /home --tmpfs /root`'),
  PrivateTmp: {
    why: 'the service shares /tmp and /var/tmp with all others',
    instead: `${BWRAP} with \`--tmpfs /tmp\`, or set TMPDIR to a directory of its own`,
  },
  PrivateDevices: {
    why: 'the service sees all devices that its user may use',
    instead: `${BWRAP} with \`--dev /dev\``,
  },
  PrivateNetwork: unshare('the service has the network', '--net'),
  PrivateIPC: unshare('the service shares System V IPC and POSIX message queues', '--ipc'),
  PrivatePIDs: unshare('the service sees all processes', '--pid --fork --mount-proc --kill-child'),
  PrivateUsers: unshare('root in the service is root of the machine', '--user'),
  PrivateMounts: unshare('mounts of the service are visible everywhere', '--mount'),
  NetworkNamespacePath: {
    why: 'the service is in the network of the machine',
    instead: '`ip netns exec NAME` before the command',
  },
  ProtectHostname: unshare('the service may change the name of the machine', '--uts'),
  ProtectClock: capabilities('a service of root may set the clock', '--bounding-set=-sys_time,-wake_alarm'),
  ProtectKernelTunables: filesystem('`--ro-bind /proc/sys /proc/sys --ro-bind /sys /sys`'),
  ProtectKernelModules: capabilities('a service of root may load modules', '--bounding-set=-sys_module'),
  ProtectKernelLogs: capabilities("a service of root may read the kernel's log", '--bounding-set=-syslog'),
  ProtectControlGroups: filesystem('`--ro-bind /sys/fs/cgroup /sys/fs/cgroup`'),
  ProtectProc: filesystem('a /proc mounted with hidepid=2'),
  ProcSubset: filesystem('a /proc mounted with subset=pid'),
  ReadWritePaths: filesystem('`--bind` for these paths'),
  ReadWriteDirectories: filesystem('`--bind` for these paths'),
  ReadOnlyPaths: filesystem('`--ro-bind` for these paths'),
  ReadOnlyDirectories: filesystem('`--ro-bind` for these paths'),
  InaccessiblePaths: filesystem('`--tmpfs` over these paths'),
  InaccessibleDirectories: filesystem('`--tmpfs` over these paths'),
  ExecPaths: filesystem('an AppArmor profile'),
  NoExecPaths: filesystem('an AppArmor profile'),
  BindPaths: filesystem('`--bind` for these paths'),
  BindReadOnlyPaths: filesystem('`--ro-bind` for these paths'),
  TemporaryFileSystem: filesystem('`--tmpfs` for these paths'),
  RootImage: {
    why: 'the service runs in the root directory of the machine',
    instead: 'mount the image, and `chroot = DIRECTORY`',
  },
  MountFlags: unshare('mounts of the service and of the machine are one', '--mount'),
  MountAPIVFS: filesystem('`--proc /proc --dev /dev`'),
  NoNewPrivileges: capabilities('the service may gain rights by set-user-ID programs', '--no-new-privs'),
  CapabilityBoundingSet: capabilities(
    'a service of root keeps all capabilities',
    '--bounding-set=-all,+NAME...',
  ),
  AmbientCapabilities: capabilities(
    'a service that is not root has no capabilities (it cannot use ports below 1024, for one)',
    '--inh-caps=+NAME --ambient-caps=+NAME',
  ),
  Capabilities: capabilities('a service of root keeps all capabilities', '--bounding-set=-all,+NAME...'),
  SecureBits: capabilities("the secure bits are foster's", '--securebits=NAME'),
  SystemCallFilter: seccomp('the service may use every system call'),
  SystemCallArchitectures: seccomp('the service may use system calls of other architectures'),
  SystemCallErrorNumber: seccomp('no system call is refused'),
  SystemCallLog: seccomp('no system call is logged'),
  MemoryDenyWriteExecute: seccomp('the service may have memory that can be written and executed'),
  RestrictAddressFamilies: seccomp('the service may open sockets of every family'),
  RestrictNamespaces: seccomp('the service may make namespaces'),
  RestrictRealtime: seccomp('a service of root may take realtime priorities'),
  RestrictSUIDSGID: seccomp('the service may make set-user-ID files'),
  RestrictFileSystems: seccomp('the service may use every file system'),
  RestrictNetworkInterfaces: {
    why: 'the service may use every network interface',
    instead: 'rules of nftables, by the user or the cgroup of the service',
  },
  LockPersonality: seccomp('the service may change its execution domain'),
  KeyringMode: { why: "the service has foster's session keyring", instead: '`keyctl session - COMMAND`' },
  RemoveIPC: {
    why: 'IPC objects of the user stay when the service has ended',
    instead: 'a `post-stop` that runs ipcrm(1)',
  },
  IPAddressAllow: {
    why: 'the service may talk to every address',
    instead: 'rules of nftables, by the user of the service',
  },
  IPAddressDeny: {
    why: 'the service may talk to every address',
    instead: 'rules of nftables, by the user of the service',
  },
  SocketBindAllow: { why: 'the service may bind every port that its user may', instead: 'rules of nftables' },
  SocketBindDeny: { why: 'the service may bind every port that its user may', instead: 'rules of nftables' },
  DeviceAllow: {
    why: 'the service may use every device that its user may',
    instead: `${BWRAP} with \`--dev-bind\` for these devices`,
  },
  DevicePolicy: {
    why: 'the service may use every device that its user may',
    instead: `${BWRAP} with \`--dev /dev\``,
  },
  SELinuxContext: {
    why: 'the service runs in the context that the SELinux policy assigns',
    instead: '`runcon CONTEXT` before the command',
  },
  SmackProcessLabel: {
    why: 'the service has the label of foster',
    instead: 'a launcher that writes /proc/self/attr/current',
  },
  DynamicUser: { why: 'foster makes no users', instead: '`useradd --system NAME`, once' },
};

/** Returns the entry for a setting of systemd.exec(5) that restricts the service. */
export function sandboxingOf(key: string): Sandboxing | undefined {
  if (Object.hasOwn(SANDBOXING, key)) return SANDBOXING[key];
  if (/^(?:Private|Protect|Restrict|SystemCall|IPAddress|SocketBind)[A-Z]/.test(key))
    return seccomp('foster does not restrict this');
  return undefined;
}
