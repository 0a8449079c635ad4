/**
 * Below which directory of each hierarchy the groups of jobs are: in the group that foster was given. A job that a former
 * supervisor started from another group (another login, another service of the system's init) has its groups there, and
 * keeps them as long as it lives: its processes are in them, and no others.
 */
import { join } from 'node:path';
import { groupDirectory, groupKey, type CgroupHierarchy } from '../../kernel/cgroup/layout.js';
import { givenGroup, RESIDENCE } from './delegation.js';

export class GroupBases {
  /** of jobs whose groups are elsewhere, by the key of the job */
  readonly #elsewhere = new Map<string, ReadonlyMap<CgroupHierarchy, string>>();

  /** @param scope name of the directory that holds the groups of this supervisor's jobs */
  constructor(
    private readonly scope: string,
    private readonly hierarchies: readonly CgroupHierarchy[],
  ) {}

  /** The group that foster was given. */
  given({ own }: CgroupHierarchy): string {
    return givenGroup(own, this.scope);
  }

  /** @param key of a job; without it, where new ones are */
  of(hierarchy: CgroupHierarchy, key?: string): string {
    const elsewhere = key === undefined ? undefined : this.#elsewhere.get(key)?.get(hierarchy);
    return elsewhere ?? join(this.given(hierarchy), this.scope);
  }

  /** Of one hierarchy: where new groups are, and where those of jobs are that were taken back. */
  all(hierarchy: CgroupHierarchy): ReadonlySet<string> {
    const elsewhere = [...this.#elsewhere.values()].flatMap((bases) => bases.get(hierarchy) ?? []);
    return new Set([this.of(hierarchy), ...elsewhere]);
  }

  /**
   * Finds the groups of a job that was taken back, by where its main is.
   * @param groups as /proc/PID/cgroup has them
   */
  find(key: string, groups: ReadonlyMap<string, string>): void {
    const found = this.hierarchies.flatMap((hierarchy): [CgroupHierarchy, string][] => {
      const path = groups.get(groupKey(hierarchy));
      const base = path === undefined ? undefined : baseIn(groupDirectory(hierarchy, path), this.scope);
      return base === undefined || base === this.of(hierarchy) ? [] : [[hierarchy, base]];
    });
    if (found.length > 0) this.#elsewhere.set(key, new Map(found));
  }

  /** The job is over. @returns directories in which it was alone, perhaps */
  forget(key: string): readonly string[] {
    const bases = [...(this.#elsewhere.get(key)?.values() ?? [])];
    this.#elsewhere.delete(key);
    return bases.filter(
      (base) => ![...this.#elsewhere.values()].some((others) => [...others.values()].includes(base)),
    );
  }
}

/** `.../SCOPE/NAME` and all below it; not where the supervisor itself and jobs without a stanza are. */
function baseIn(directory: string, scope: string): string | undefined {
  const parts = directory.split('/');
  const at = parts.lastIndexOf(scope);
  const name = parts[at + 1];
  return at < 0 || name === undefined || name === RESIDENCE ? undefined : parts.slice(0, at + 1).join('/');
}
