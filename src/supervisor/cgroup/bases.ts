/**
 * The directory of the jobs' groups in each hierarchy: in the group that was delegated to foster. A previous
 * supervisor may have been in another group (another login, another service of the system's init): the jobs that it
 * started keep their groups there.
 */
import { join } from 'node:path';
import { groupDirectory, groupKey, type CgroupHierarchy } from '../../kernel/cgroup/layout.js';
import { givenGroup, RESIDENCE } from './delegation.js';

export class GroupBases {
  /** directories of jobs whose groups are elsewhere, by job key */
  readonly #elsewhere = new Map<string, ReadonlyMap<CgroupHierarchy, string>>();

  /** @param scope name of the directory that holds the groups of this supervisor's jobs */
  constructor(
    private readonly scope: string,
    private readonly hierarchies: readonly CgroupHierarchy[],
  ) {}

  /** Returns the group that was delegated to foster. */
  given({ own }: CgroupHierarchy): string {
    return givenGroup(own, this.scope);
  }

  /** @param key key of a job; if absent, the directory for new groups */
  of(hierarchy: CgroupHierarchy, key?: string): string {
    const elsewhere = key === undefined ? undefined : this.#elsewhere.get(key)?.get(hierarchy);
    return elsewhere ?? join(this.given(hierarchy), this.scope);
  }

  /** Returns the directories in one hierarchy that hold groups of jobs. */
  all(hierarchy: CgroupHierarchy): ReadonlySet<string> {
    const elsewhere = [...this.#elsewhere.values()].flatMap((bases) => bases.get(hierarchy) ?? []);
    return new Set([this.of(hierarchy), ...elsewhere]);
  }

  /**
   * Finds the groups of a recovered job, which are where its main is.
   * @param groups of its main, from /proc/PID/cgroup
   */
  find(key: string, groups: ReadonlyMap<string, string>): void {
    const found = this.hierarchies.flatMap((hierarchy): [CgroupHierarchy, string][] => {
      const path = groups.get(groupKey(hierarchy));
      const base = path === undefined ? undefined : baseIn(groupDirectory(hierarchy, path), this.scope);
      return base === undefined || base === this.of(hierarchy) ? [] : [[hierarchy, base]];
    });
    if (found.length > 0) this.#elsewhere.set(key, new Map(found));
  }

  /** Forgets a job. @returns directories that no other job uses any more */
  forget(key: string): readonly string[] {
    const bases = [...(this.#elsewhere.get(key)?.values() ?? [])];
    this.#elsewhere.delete(key);
    return bases.filter(
      (base) => ![...this.#elsewhere.values()].some((others) => [...others.values()].includes(base)),
    );
  }
}

/**
 * Returns the base of a directory `.../SCOPE/NAME`, or below that; undefined for the group of foster itself and of
 * jobs without a stanza.
 */
function baseIn(directory: string, scope: string): string | undefined {
  const parts = directory.split('/');
  const at = parts.lastIndexOf(scope);
  const name = parts[at + 1];
  return at < 0 || name === undefined || name === RESIDENCE ? undefined : parts.slice(0, at + 1).join('/');
}
