/** What a rule of cgrules.conf(5) says. Plain data. */

/** Whose processes a rule is about. */
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

/** One line's part of a rule: where a process is to be for some controllers. */
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
  /** `ignore`: processes that are in the destination already are left alone by all rules */
  readonly ignore: boolean;
  readonly destinations: readonly [Destination, ...Destination[]];
}

/** A user or group that the files do not have; it may be in LDAP or sssd. */
export interface MissingName {
  readonly kind: 'user' | 'group';
  readonly name: string;
}

/** What is wrong with a line; the other lines count all the same. */
export interface RuleError {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  /** the line is right if there is such a user or group somewhere */
  readonly missing?: MissingName | undefined;
}

/** `FILE:LINE`, as messages name a rule */
export function position({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${file}:${line}`;
}
