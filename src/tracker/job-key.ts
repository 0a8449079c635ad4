/** What names a job. `instance` is "" where a class has only one. */
export interface JobName {
  readonly name: string;
  readonly instance: string;
}

/** One string for one job, for tables. NUL is in no file name and in no variable's value, so no two jobs share one. */
export function jobKey({ name, instance }: JobName): string {
  return `${name}\0${instance}`;
}

export function jobOfKey(key: string): JobName {
  const [name = '', instance = ''] = key.split('\0');
  return { name, instance };
}

/** As Upstart names a job in its log: `foo`, or `foo (instance)`. */
export function jobLabel({ name, instance }: JobName): string {
  return instance === '' ? name : `${name} (${instance})`;
}
