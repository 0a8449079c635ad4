/** Names a job. `instance` is "" if the class has only one. */
interface JobName {
  readonly name: string;
  readonly instance: string;
}

/**
 * Returns one string per job, as a key for tables. NUL occurs in no file name and no variable, so keys are
 * unique.
 */
export function jobKey({ name, instance }: JobName): string {
  return `${name}\0${instance}`;
}

export function jobOfKey(key: string): JobName {
  const [name = '', instance = ''] = key.split('\0');
  return { name, instance };
}

/** Formats a job as Upstart does in its log: `foo`, or `foo (instance)`. */
export function jobLabel({ name, instance }: JobName): string {
  return instance === '' ? name : `${name} (${instance})`;
}
