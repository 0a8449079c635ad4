/** What Docker gives to a container that was started without any option: capabilities and a filter of system calls. */
import { existsSync, readFileSync } from 'node:fs';

/** Docker's default set (docker run(1), "Runtime privilege and Linux capabilities"). */
export const DOCKER_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
].map((name) => `CAP_${name}`);

/** Docker's filter, as Debian's package golang-github-containers-common brings it. */
const PROFILE = '/usr/share/containers/seccomp.json';

/** The kernel's names of what Node calls an architecture: those for which the tests know the names of runc's filter, too. */
const ARCHITECTURES: Readonly<Record<string, { readonly go: string; readonly seccomp: readonly string[] }>> =
  {
    x64: { go: 'amd64', seccomp: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    arm64: { go: 'arm64', seccomp: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'] },
  };

interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

/** A rule for some system calls, in the form of Docker and Podman: with conditions that hold or not in a container. */
interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SyscallArgument[] | null;
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

interface SyscallArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: string;
}

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly syscalls: readonly Rule[];
}

/** `linux.seccomp` of an OCI configuration, as far as it is used here. */
export interface SeccompFilter {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly Pick<Rule, 'names' | 'action' | 'errnoRet' | 'args'>[];
}

/** Why the filter cannot be had here, or false. */
export function missingProfile(): string | false {
  if (ARCHITECTURES[process.arch] === undefined) return `no filter is known for ${process.arch}`;
  if (existsSync(PROFILE)) return false;
  return `there is no ${PROFILE} (Debian package golang-github-containers-common)`;
}

/** The filter as Docker would load it for these capabilities: more of them allow more system calls. */
export function dockerFilter(capabilities: readonly string[]): SeccompFilter {
  const { defaultAction, defaultErrnoRet, syscalls } = JSON.parse(readFileSync(PROFILE, 'utf8')) as Profile;
  const { go, seccomp } = ARCHITECTURES[process.arch]!;
  const applies = ({ includes = {}, excludes = {} }: Rule): boolean =>
    (includes.caps ?? []).every((one) => capabilities.includes(one)) &&
    (includes.arches ?? [go]).includes(go) &&
    !(excludes.caps ?? []).some((one) => capabilities.includes(one)) &&
    !(excludes.arches ?? []).includes(go);
  return {
    defaultAction,
    ...(defaultErrnoRet !== undefined && { defaultErrnoRet }),
    architectures: seccomp,
    syscalls: syscalls.filter(applies).map(({ names, action, errnoRet, args }) => ({
      names,
      action,
      ...(errnoRet !== undefined && { errnoRet }),
      ...(args && { args }),
    })),
  };
}

/** The same filter, and these system calls are allowed besides. */
export function allowing(filter: SeccompFilter, names: readonly string[]): SeccompFilter {
  const others = without(filter, names);
  return { ...others, syscalls: [...others.syscalls, { names, action: 'SCMP_ACT_ALLOW' }] };
}

/** The same filter, and these system calls fail with EPERM besides. */
export function refusing(filter: SeccompFilter, names: readonly string[]): SeccompFilter {
  const others = without(filter, names);
  return { ...others, syscalls: [...others.syscalls, { names, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }] };
}

function without(filter: SeccompFilter, names: readonly string[]): SeccompFilter {
  const rules = filter.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !names.includes(name)),
  }));
  return { ...filter, syscalls: rules.filter((rule) => rule.names.length > 0) };
}
