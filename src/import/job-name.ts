/** Names of jobs for names of other supervisors, which allow more. */

/** What may stand in the name of a file, an event's operand and a command line without quotes. */
const ODD = /[^\p{L}\p{N}_.@+:~-]+/gu;

/** @param name may have slashes, which make directories */
export function jobName(name: string): string {
  const parts = name
    .split('/')
    .map((part) =>
      part
        .replace(ODD, '-')
        .replace(/^[-.~]+/, '')
        .replace(/[-~]+$/, ''),
    )
    .filter((part) => part !== '');
  // what ends in one of these is another job's file, or an ignored directory
  return parts.join('/').replace(/\.(?:conf|ini|override)$/, '-$&'.replace('$&', 'job')) || 'job';
}

/** Gives each name once: a further one of the same name gets a number. */
export class UniqueNames {
  readonly #taken = new Set<string>();

  take(wanted: string): string {
    const name = jobName(wanted);
    let unique = name;
    for (let number = 2; this.#taken.has(unique); number += 1) unique = `${name}-${number}`;
    this.#taken.add(unique);
    return unique;
  }
}
