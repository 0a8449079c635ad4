/** Which process foster started for which job, and as what, until foster has reaped it. */
import type { ProcessName } from '../../jobfile/job-class/job-class.js';
import type { JobRef } from '../core/contract.js';

export interface Role {
  readonly job: JobRef;
  readonly process: ProcessName;
}

export class ProcessRoles {
  /** by pid; main's entry moves at a hand-off */
  readonly #roles = new Map<number, Role>();

  set(pid: number, role: Role): void {
    this.#roles.set(pid, role);
  }

  of(pid: number): Role | undefined {
    return this.#roles.get(pid);
  }

  /** Returns whether the process had a role. */
  delete(pid: number): boolean {
    return this.#roles.delete(pid);
  }

  pidOf(job: JobRef, process: ProcessName): number | undefined {
    for (const [pid, role] of this.#roles) {
      if (role.process === process && role.job.name === job.name && role.job.instance === job.instance)
        return pid;
    }
    return undefined;
  }
}
