/** What a `template` section of cgconfig.conf(5) says of groups that are made for a rule. Plain data. */

/** Whom files belong to and what may be done with them; undefined leaves that as the kernel has it. */
export interface Access {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** permissions of files, limited to those that the file's owner has */
  readonly fileMode: number | undefined;
}

export interface AdminAccess extends Access {
  /** permissions of the directory, limited in the same way */
  readonly directoryMode: number | undefined;
}

/** One file of the group, and what is written to it. */
export interface Parameter {
  readonly file: string;
  readonly value: string;
  readonly line: number;
}

export interface GroupTemplate {
  readonly file: string;
  readonly line: number;
  /** a destination of cgrules.conf, or the beginning of one, with its substitutions (`students/%u`); no slash at its ends */
  readonly name: string;
  /** who may move processes into the group */
  readonly task: Access | undefined;
  /** who may do everything else */
  readonly admin: AdminAccess | undefined;
  /** by controller, in the order of the file */
  readonly controllers: ReadonlyMap<string, readonly Parameter[]>;
}

/** A path as names of templates are compared: without empty parts, and without a slash at its ends. */
export function templateName(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
}

/**
 * The template for a group: the first that has its name and one of its controllers, as libcgroup looks for it.
 * @param name of the group as the rule has it, before substitution
 */
export function templateFor(
  templates: readonly GroupTemplate[],
  name: string,
  controllers: readonly string[],
): GroupTemplate | undefined {
  return templates.find(
    (template) => template.name === name && controllers.some((one) => template.controllers.has(one)),
  );
}
