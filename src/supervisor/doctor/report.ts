/** The report of `foster doctor` (docs/doctor.schema.json). */
import type { CgroupLayout } from '../../kernel/cgroup/layout.js';
import type { NamespaceKind } from '../../kernel/proc/namespace.js';
import type { PidfdFeatures } from '../../kernel/process/pidfd.js';
import type { SeccompMode } from '../../kernel/proc/process-status.js';
import type { SourceTest } from '../../tracker/sources/select.js';
import type { SourceName } from '../../tracker/sources/source.js';

/** A feature that works, or does not for a reason. */
export type Finding =
  { readonly works: true; readonly detail: string } | { readonly works: false; readonly reason: string };

export interface CgroupReport {
  readonly layout: CgroupLayout;
  readonly hierarchies: readonly {
    readonly version: 1 | 2;
    readonly controllers: readonly string[];
    /** directory of foster's own group */
    readonly own: string;
    /** whether foster can make groups for jobs in it */
    readonly delegated: Finding;
    /** whether there is cgroup.kill (Linux 5.14); null if no group could be made to check it */
    readonly kill: boolean | null;
  }[];
}

export interface NamespaceReport {
  readonly kind: NamespaceKind;
  /** inode of /proc/self/ns/KIND; null if the kernel has none or hides it */
  readonly id: number | null;
  /** whether it is the machine's initial one; null if unknown */
  readonly initial: boolean | null;
}

export interface DoctorReport {
  readonly version: string;
  readonly node: string;
  readonly kernel: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly name: string | null };
  /** PID 1 of this pid namespace */
  readonly pid1: { readonly command: string; readonly isFoster: boolean };
  readonly supervisor:
    | { readonly running: true; readonly version: string; readonly pid: number; readonly tracker: SourceName }
    /** there is no answer, or this user may not ask */
    | { readonly running: false; readonly reason: string };
  /** best first; `auto` uses the first one that works */
  readonly sources: readonly SourceTest[];
  readonly subreaper: Finding;
  readonly pidfd: PidfdFeatures;
  readonly cgroups: CgroupReport;
  readonly seccomp: { readonly mode: SeccompMode | null; readonly noNewPrivileges: boolean };
  readonly capabilities: {
    readonly effective: readonly string[];
    /** capabilities that foster lacks, and what does not work without them */
    readonly missing: readonly { readonly name: string; readonly without: string }[];
  };
  readonly namespaces: readonly NamespaceReport[];
  readonly limits: readonly { readonly limit: string; readonly soft: string; readonly hard: string }[];
  readonly runDirectory: { readonly path: string; readonly usable: Finding };
}
