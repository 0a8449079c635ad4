/** Finds out what this kernel and container allow, without permanent changes. */
import { release, userInfo } from 'node:os';
import { capabilityNames } from '../../kernel/process/capabilities.js';
import type { Kernel } from '../../kernel/kernel.js';
import { isInitialNamespace, namespaceOf, type NamespaceKind } from '../../kernel/proc/namespace.js';
import { pidfdFeatures } from '../../kernel/process/pidfd.js';
import { ownLimits } from '../launch/open-files.js';
import { readProcessStatus } from '../../kernel/proc/process-status.js';
import { SystemError } from '../../kernel/system-error.js';
import { testSources } from '../../tracker/sources/select.js';
import { examineCgroups } from './cgroups.js';
import type { DoctorReport, Finding, NamespaceReport } from './report.js';
import { isCodedError } from '../../kernel/errno.js';

/** The part of the report that the caller knows. */
type DoctorInputs = Pick<DoctorReport, 'version' | 'supervisor' | 'runDirectory'>;

export function examine(kernel: Kernel, asked: DoctorInputs): DoctorReport {
  const status = readProcessStatus('self');
  const effective = capabilityNames(status?.effectiveCapabilities ?? 0n);
  return {
    ...asked,
    node: process.version,
    kernel: release(),
    user: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, name: userName() },
    pid1: pidOne(kernel, asked),
    sources: testSources(kernel),
    subreaper: subreaper(kernel),
    pidfd: pidfdFeatures(),
    cgroups: examineCgroups(),
    seccomp: { mode: status?.seccomp ?? null, noNewPrivileges: status?.noNewPrivileges ?? false },
    capabilities: {
      effective: [...effective],
      missing: USED_CAPABILITIES.filter(({ name }) => !effective.has(name)),
    },
    namespaces: NAMESPACES.map(namespace),
    limits: limits(),
  };
}

/** Most important first. */
const USED_CAPABILITIES: DoctorReport['capabilities']['missing'] = [
  { name: 'KILL', without: 'jobs of other users cannot be signalled' },
  { name: 'SETUID', without: 'setuid does not work' },
  { name: 'SETGID', without: 'setgid does not work' },
  {
    name: 'SYS_PTRACE',
    without:
      "environment and program of other users' processes cannot be read; a traced setuid program keeps its uid",
  },
  { name: 'PERFMON', without: "perf needs a seccomp profile that lets it pass (Docker's does not)" },
  { name: 'SYS_RESOURCE', without: 'limits can only be lowered, and an oom score only raised' },
  { name: 'SYS_NICE', without: 'nice can only be raised' },
  { name: 'SYS_CHROOT', without: 'chroot does not work' },
  { name: 'NET_ADMIN', without: "the connector's receive buffer is as large as net.core.rmem_max allows" },
];

const NAMESPACES: readonly NamespaceKind[] = ['pid', 'user', 'net', 'mnt', 'uts', 'ipc', 'cgroup', 'time'];

/** The limits that matter most for a supervisor with many jobs, by their names in /proc/PID/limits. */
const LIMITS = new Set(['Max open files', 'Max processes', 'Max locked memory', 'Max core file size']);

/** Returns null for an arbitrary uid without an entry (OpenShift). */
function userName(): string | null {
  try {
    return userInfo().username;
  } catch (error) {
    if (isCodedError(error) && error.code === 'ERR_SYSTEM_ERROR') return null;
    throw error;
  }
}

function pidOne({ proc }: Kernel, { supervisor }: DoctorInputs): DoctorReport['pid1'] {
  const command = proc.arguments(1)?.join(' ') ?? proc.stat(1)?.comm ?? 'unknown';
  return { command, isFoster: supervisor.running && supervisor.pid === 1 };
}

function subreaper({ processes }: Kernel): Finding {
  try {
    processes.becomeSubreaper();
    return { works: true, detail: 'orphans of jobs come to foster also where it is not PID 1' };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { works: false, reason: error.message };
  }
}

function namespace(kind: NamespaceKind): NamespaceReport {
  return { kind, id: namespaceOf('self', kind) ?? null, initial: isInitialNamespace(kind) ?? null };
}

/** Parses lines such as `Max open files            20000                20000                files`. */
function limits(): DoctorReport['limits'] {
  const lines = ownLimits().split('\n');
  return lines.flatMap((line) => {
    const [limit = '', soft, hard] = line.split(/ {2,}/);
    return LIMITS.has(limit) && soft !== undefined && hard !== undefined ? [{ limit, soft, hard }] : [];
  });
}
