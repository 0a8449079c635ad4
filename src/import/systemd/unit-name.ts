/** Parses names of units: `PREFIX@INSTANCE.TYPE`. Pure. */

const UNIT_TYPES = ['service', 'socket', 'timer', 'path'] as const;
type UnitType = (typeof UNIT_TYPES)[number];

export interface UnitName {
  readonly prefix: string;
  /** undefined for a plain unit, empty for a template */
  readonly instance: string | undefined;
  readonly type: string;
}

/** Parses a file name; returns undefined if it is not the name of a unit. */
export function parseUnitName(file: string): UnitName | undefined {
  const match = /^([^@/]+)(?:@([^/]*))?\.([a-z]+)$/.exec(file);
  return match === null ? undefined : { prefix: match[1]!, instance: match[2], type: match[3]! };
}

export function isUnitType(type: string): type is UnitType {
  return UNIT_TYPES.some((known) => known === type);
}

/** Returns the name without its type: the value of `%N`, with the `@` of a template. */
export function stemOf({ prefix, instance }: UnitName): string {
  return instance === undefined ? prefix : `${prefix}@${instance}`;
}

/** Returns the template of an instance; any other name unchanged. */
export function templateOf(name: UnitName): UnitName {
  return name.instance === undefined ? name : { ...name, instance: '' };
}
