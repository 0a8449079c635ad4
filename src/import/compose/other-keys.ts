/** Handles settings of a container that a process of the machine does not need or cannot have. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';

type OtherRule = (service: ServiceBuilder, origin: Origin, value: unknown) => void;

const loses =
  (why: string, instead?: string): OtherRule =>
  (service, origin, value) => {
    if (value === false || value === null) service.builtIn(origin);
    else service.dropped(origin, why, instead);
  };
const kept =
  (as: string): OtherRule =>
  (service, origin) =>
    service.found(origin, { verdict: 'kept', as });
const confines =
  (why: string, instead: string): OtherRule =>
  (service, origin, value) => {
    if (value === false) service.builtIn(origin);
    else service.sandbox(origin, why, instead);
  };

const BWRAP = 'bwrap(1) (Debian: bubblewrap) before the command';
const ISOLATION =
  'the processes of the service are processes of the machine: they see its files, its network and one another';
const NETWORK = loses(
  'the job is in the network of foster: names of services are no host names, and 127.0.0.1 takes their place',
);

export const OTHER_KEYS: Readonly<Record<string, OtherRule>> = {
  image: confines(
    `the program and all its files have to be on the machine. ${ISOLATION}`,
    'the packages of the program; `chroot = DIRECTORY` with the unpacked image; or `exec = podman run --rm IMAGE`',
  ),
  build: loses('nothing is built', 'the program, installed on the machine'),
  platform: loses('programs are those of the machine'),
  pull_policy: loses('nothing is pulled'),
  container_name: kept('the name of the file'),
  hostname: loses('the job has the host name of the machine'),
  domainname: loses('the job has the host name of the machine'),
  ports: loses(
    'a port that the program listens on is one of the machine: a mapping to another number is not made',
    'the port in the configuration of the program; nftables',
  ),
  expose: kept('nothing: every port of the job is one of the machine'),
  networks: NETWORK,
  network_mode: NETWORK,
  extra_hosts: loses('names of hosts are those of the machine', 'lines of /etc/hosts'),
  dns: loses('the job asks the name servers of the machine', '/etc/resolv.conf'),
  dns_search: loses('the job asks the name servers of the machine', '/etc/resolv.conf'),
  dns_opt: loses('the job asks the name servers of the machine', '/etc/resolv.conf'),
  volumes: loses(
    'files have to be where the program looks for them',
    'a symbolic link or a bind mount at that path',
  ),
  volumes_from: loses('files have to be where the program looks for them'),
  tmpfs: loses('nothing is mounted', 'a line of /etc/fstab'),
  configs: loses('foster passes no files', 'the file at that path'),
  secrets: loses('foster passes no files', 'a file that only the user of the job can read'),
  devices: loses('the job may use the devices that its user may', '`usermod --append --groups`'),
  gpus: loses('the job may use the devices that its user may'),
  logging: loses(
    "output goes to the job's own log",
    '`console = output`, for the log of the container that foster runs in',
  ),
  labels: loses('a job has no labels'),
  annotations: loses('a job has no labels'),
  init: kept('foster is the init'),
  stdin_open: loses('a job reads from /dev/null'),
  sysctls: loses('they are settings of the whole machine here', '`sysctl -w`, or /etc/sysctl.d'),
  shm_size: loses('/dev/shm is the one of the machine'),
  ipc: loses('jobs share the IPC of the machine'),
  pid: loses('jobs see the processes of the machine'),
  uts: loses('jobs have the host name of the machine'),
  cgroup: loses('a job has a group below the one of foster'),
  cgroup_parent: loses('a job has a group below the one of foster'),
  group_add: loses('a job has the groups that its user has in /etc/group', '`usermod --append --groups`'),
  oom_kill_disable: loses('the kernel may kill the job', '`oom score = never`'),
  privileged: kept('nothing: the job has the rights of its user on the machine'),
  read_only: confines('the job can write all files that its user may', BWRAP),
  cap_drop: confines(
    'a job of root keeps all capabilities',
    '`setpriv --bounding-set=-NAME --` before the command',
  ),
  cap_add: loses(
    'a job of root has all capabilities, any other has none',
    '`setpriv --inh-caps=+NAME --ambient-caps=+NAME --` before the command',
  ),
  security_opt: confines(
    'profiles and filters of the container are not set',
    '`apparmor switch`, or a launcher that loads a seccomp filter',
  ),
  userns_mode: confines('root in the job is root of the machine', '`unshare --user` before the command'),
  develop: loses('foster watches no sources'),
  attach: loses("output goes to the job's own log"),
  mac_address: loses('the job is in the network of foster'),
  runtime: loses('no container is made'),
  isolation: loses('no container is made'),
  credential_spec: loses('no container is made'),
  storage_opt: loses('no container is made'),
  mem_swappiness: loses('it has no equivalent in cgroups version 2'),
  blkio_config: loses(
    'limits of devices have to name them by their numbers',
    "`cgroup = io.max '8:0 rbps=1048576'`",
  ),
  device_cgroup_rules: loses('the job may use the devices that its user may'),
  external_links: loses('names of services are no host names'),
  post_start: loses('commands in the container are not carried over', '`post-start exec`'),
  pre_stop: loses('commands in the container are not carried over', '`pre-stop exec`'),
  cpu_quota: loses('the quota is not carried over', '`cgroup = cpu.max PERCENT`'),
  cpu_period: loses('the period is not carried over', '`cgroup = cpu.max PERCENT`'),
  cpu_count: loses('the limit is not carried over', '`cgroup = cpu.max PERCENT`'),
  cpu_percent: loses('the limit is not carried over', '`cgroup = cpu.max PERCENT`'),
};
