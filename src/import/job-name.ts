/** Converts names of other supervisors, which allow more characters, to names of jobs. */

/** Characters that are not safe in a file name, an operand of an event, or a command line without quotes. */
const ODD = /[^\p{L}\p{N}_.@+:~-]+/gu;

/**
 * Returns a valid name of a job.
 * @param name may contain slashes, which make directories
 */
function jobName(name: string): string {
  const parts = name
    .split('/')
    .map((part) =>
      part
        .replace(ODD, '-')
        .replace(/^[-.~]+/, '')
        .replace(/[-~]+$/, ''),
    )
    .filter((part) => part !== '');
  // a name with such an ending would be another job's file, or an ignored directory
  return parts.join('/').replace(/\.(?:conf|ini|override)$/, '-$&'.replace('$&', 'job')) || 'job';
}

/** Makes names unique: a repeated name gets a number. */
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
