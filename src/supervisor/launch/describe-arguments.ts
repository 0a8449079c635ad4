import { invocationOf } from './command.js';
import type { LaunchRequest } from './launch-request.js';

/** Most jobs are started again as they were, and whoever waits for a respawn waits for this. */
const known = new WeakMap<object, readonly string[]>();

/** The words that a process is started with, as the tracker remembers them until its first exec. */
export function describeArguments({ class: jobClass, process }: LaunchRequest): readonly string[] {
  const command = jobClass.processes[process];
  if (command === undefined) return [];
  const words = known.get(command) ?? invocationOf(command).argv;
  known.set(command, words);
  return words;
}
