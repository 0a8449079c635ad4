/** What `foster doctor` finds (docs/doctor.schema.json). */
import type { CgroupLayout } from '../../kernel/cgroup/layout.js';
import type { NamespaceKind } from '../../kernel/proc/namespace.js';
import type { PidfdFeatures } from '../../kernel/process/pidfd.js';
import type { SeccompMode } from '../../kernel/proc/process-status.js';
import type { SourceTest } from '../../tracker/sources/select.js';
import type { SourceName } from '../../tracker/sources/source.js';

/** Something that either works, or does not for a reason, and then perhaps can be helped. */
export type Finding =
  { readonly works: true; readonly detail: string } | { readonly works: false; readonly reason: string };

export interface CgroupReport {
  readonly layout: CgroupLayout;
  readonly hierarchies: readonly {
    readonly version: 1 | 2;
    readonly controllers: readonly string[];
    /** directory of the group that foster is in */
    readonly own: string;
    /** whether groups for jobs can be made in it */
    readonly delegated: Finding;
    /** cgroup.kill, Linux 5.14; null where no group could be made to look at */
    readonly kill: boolean | null;
  }[];
}

export interface NamespaceReport {
  readonly kind: NamespaceKind;
  /** inode of /proc/self/ns/KIND; null where the kernel has none, or hides it */
  readonly id: number | null;
  /** the machine's own one; null where that cannot be told */
  readonly initial: boolean | null;
}

export interface DoctorReport {
  readonly version: string;
  readonly node: string;
  readonly kernel: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly name: string | null };
  /** who is PID 1 here, in this pid namespace */
  readonly pid1: { readonly command: string; readonly isFoster: boolean };
  readonly supervisor:
    | { readonly running: true; readonly version: string; readonly pid: number; readonly tracker: SourceName }
    /** nobody answers, or this user may not ask */
    | { readonly running: false; readonly reason: string };
  /** the best first; `auto` takes the first that works */
  readonly sources: readonly SourceTest[];
  readonly subreaper: Finding;
  readonly pidfd: PidfdFeatures;
  readonly cgroups: CgroupReport;
  readonly seccomp: { readonly mode: SeccompMode | null; readonly noNewPrivileges: boolean };
  readonly capabilities: {
    readonly effective: readonly string[];
    /** those that foster would use, with what it cannot do without */
    readonly missing: readonly { readonly name: string; readonly without: string }[];
  };
  readonly namespaces: readonly NamespaceReport[];
  readonly limits: readonly { readonly limit: string; readonly soft: string; readonly hard: string }[];
  readonly runDirectory: { readonly path: string; readonly usable: Finding };
}
