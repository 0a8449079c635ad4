import type { JobRef } from './core/contract.js';

/** One string for one job, for tables. NUL is in no file name and in no variable's value, so no two jobs share one. */
export function jobKey({ name, instance }: JobRef): string {
  return `${name}\0${instance}`;
}

export function jobOfKey(key: string): JobRef {
  const [name = '', instance = ''] = key.split('\0');
  return { name, instance };
}

/** As Upstart names a job in its log: `foo`, or `foo (instance)`. */
export function jobLabel({ name, instance }: JobRef): string {
  return instance === '' ? name : `${name} (${instance})`;
}
