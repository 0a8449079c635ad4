/** A `template` section of cgconfig.conf(5), for groups made by a rule. Plain data. */

/** Owner and permissions of files; undefined keeps the kernel's default. */
interface Access {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** permissions of files, limited to those that the file's owner has */
  readonly fileMode: number | undefined;
}

export interface AdminAccess extends Access {
  /** permissions of the directory, limited in the same way */
  readonly directoryMode: number | undefined;
}

/** One file of the group, and the value to write to it. */
export interface Parameter {
  readonly file: string;
  readonly value: string;
  readonly line: number;
}

export interface GroupTemplate {
  readonly file: string;
  readonly line: number;
  /**
   * a destination of cgrules.conf, or the beginning of one, with its substitutions (`students/%u`); without a
   * slash at either end
   */
  readonly name: string;
  /** who may move processes into the group */
  readonly task: Access | undefined;
  /** who may do everything else */
  readonly admin: AdminAccess | undefined;
  /** by controller, in the order of the file */
  readonly controllers: ReadonlyMap<string, readonly Parameter[]>;
}

/** Normalises a path for comparing template names: no empty parts, and no slash at either end. */
export function templateName(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '')
    .join('/');
}

/**
 * Returns the template for a group: the first with its name and one of its controllers, as in libcgroup.
 * @param name of the group as in the rule, before substitution
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
