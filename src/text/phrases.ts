/** Small parts of messages. Pure. */

/** Returns `1 job` or `3 jobs`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** Returns the message of an error without its stack; JavaScript allows anything to be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
