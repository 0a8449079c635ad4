/**
 * Environment tables: an ordered list of variables in which a later assignment replaces an earlier one in place
 * (Upstart section 2.2).
 */

export type Environment = Map<string, string>;
export type ReadonlyEnvironment = ReadonlyMap<string, string>;

/**
 * Converts a list of `KEY=VALUE` to a table. Drops entries without `=`: execve(2) allows them, but getenv(3)
 * never finds them.
 */
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
 * @param assignments `KEY=VALUE`, or `KEY` alone: a copy of the supervisor's own variable, which removes the
 * entry if the supervisor has none (the `env` stanza)
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

/** Converts the table to the form for execve(2). */
export function toAssignments(table: ReadonlyEnvironment): string[] {
  const list: string[] = [];
  for (const [key, value] of table) list.push(`${key}=${value}`);
  // without the room that an array gets when it grows: each job keeps one
  return list.slice();
}

/** Returns the first entry that is not `KEY=VALUE`; Upstart accepts an empty KEY (section 13.10). */
export function firstInvalid(assignments: readonly string[]): string | undefined {
  return assignments.find((assignment) => !assignment.includes('='));
}
