/** The contents of a rule of cgrules.conf(5). Plain data. */

/** Whose processes a rule applies to. */
export type Who =
  | { readonly kind: 'user'; readonly name: string; readonly uid: number }
  /** the group's own processes, and those of its members */
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly gid: number;
      readonly members: ReadonlySet<string>;
    }
  | { readonly kind: 'everyone' };

/** One line of a rule: the destination of a process for some controllers. */
export interface Destination {
  /** names of controllers, or `*` alone */
  readonly controllers: readonly string[];
  /** a path below the root of the hierarchy, with templates (`students/%u`) */
  readonly path: string;
  readonly line: number;
}

/** A rule with the `%` lines that continue it. */
export interface Rule {
  readonly file: string;
  readonly line: number;
  readonly who: Who;
  /** a name, a full path, or a path that ends in `*`; undefined for any process */
  readonly process: string | undefined;
  /** `ignore`: all rules leave processes alone that are already in the destination */
  readonly ignore: boolean;
  readonly destinations: readonly [Destination, ...Destination[]];
}

/** A user or group that is not in the files; it may be in LDAP or sssd. */
export interface MissingName {
  readonly kind: 'user' | 'group';
  readonly name: string;
}

/** An error in a line; the other lines still count. */
export interface RuleError {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** the line is valid if some name service knows this user or group */
  readonly missing?: MissingName | undefined;
}

/** Formats `FILE:LINE`, as messages name a rule. */
export function position({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}
