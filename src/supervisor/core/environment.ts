/**
 * Environment tables: an ordered list of variables in which a later assignment replaces an earlier one in place
 * (Upstart section 2.2).
 */

export type Environment = Map<string, string>;
export type ReadonlyEnvironment = ReadonlyMap<string, string>;

/** A list of `KEY=VALUE` as a table. Entries without `=` are dropped: execve(2) allows them, getenv(3) never finds them. */
export function environmentOf(assignments: readonly string[]): Environment {
  const table: Environment = new Map();
  assign(
    table,
    assignments.filter((assignment) => assignment.includes('=')),
  );
  return table;
}

/**
 * Applies assignments in order.
 *
 * @param assignments `KEY=VALUE`, or `KEY` alone: a copy of the supervisor's own variable, which removes the entry where
 *   the supervisor has none (the `env` stanza)
 * @param own the supervisor's own environment
 */
export function assign(table: Environment, assignments: readonly string[], own?: ReadonlyEnvironment): void {
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals >= 0) {
      table.set(assignment.slice(0, equals), assignment.slice(equals + 1));
      continue;
    }
    const value = own?.get(assignment);
    if (value === undefined) table.delete(assignment);
    else table.set(assignment, value);
  }
}

/** The table as execve(2) takes it. */
export function toAssignments(table: ReadonlyEnvironment): string[] {
  const list: string[] = [];
  for (const [key, value] of table) list.push(`${key}=${value}`);
  return list;
}

/** The first entry that is not `KEY=VALUE`; Upstart takes an empty KEY (section 13.10). */
export function firstInvalid(assignments: readonly string[]): string | undefined {
  return assignments.find((assignment) => !assignment.includes('='));
}
