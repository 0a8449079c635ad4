/** Names of units: `PREFIX@INSTANCE.TYPE`. Pure. */

export const UNIT_TYPES = ['service', 'socket', 'timer', 'path'] as const;
export type UnitType = (typeof UNIT_TYPES)[number];

export interface UnitName {
  readonly prefix: string;
  /** undefined for a plain unit, empty for a template */
  readonly instance: string | undefined;
  readonly type: string;
}

/** @returns undefined when it is no name of a unit */
export function parseUnitName(file: string): UnitName | undefined {
  const match = /^([^@/]+)(?:@([^/]*))?\.([a-z]+)$/.exec(file);
  return match === null ? undefined : { prefix: match[1]!, instance: match[2], type: match[3]! };
}

export function isUnitType(type: string): type is UnitType {
  return UNIT_TYPES.some((known) => known === type);
}

/** Without the type: what `%N` gives, `@` included for a template. */
export function stemOf({ prefix, instance }: UnitName): string {
  return instance === undefined ? prefix : `${prefix}@${instance}`;
}

/** The template that an instance is made from; itself for anything else. */
export function templateOf(name: UnitName): UnitName {
  return name.instance === undefined ? name : { ...name, instance: '' };
}
