import type { NamespaceKind } from '../../kernel/proc/namespace.js';
import type { NamespaceMethod } from '../../tracker/namespaces/method.js';
import type { JobStatus } from './job-status.js';

/** A process of a job, with its children. */
export interface ProcessNode {
  readonly pid: number;
  readonly command: string;
  readonly role: 'main' | 'launcher' | 'member' | 'detached' | 'intermediate' | 'hook';
  readonly session: number;
  /** inode numbers, if they were requested and may be read */
  readonly namespaces?: NamespaceNumbers;
  readonly children: readonly ProcessNode[];
}

export type NamespaceNumbers = Readonly<Partial<Record<NamespaceKind, number>>>;

/** The processes of one job, for `foster tree`. */
export interface JobTree {
  readonly status: JobStatus;
  readonly roots: readonly ProcessNode[];
  /** if namespaces were requested: how foster notices changes, what it can miss, and its own namespaces */
  readonly namespaces?: NamespaceMethod & { readonly own: NamespaceNumbers };
}
