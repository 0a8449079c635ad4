import { invocationOf } from './command.js';
import type { LaunchRequest } from './launch-request.js';

/** The words that a process is started with, as the tracker remembers them until its first exec. */
export function describeArguments({ class: jobClass, process }: LaunchRequest): readonly string[] {
  const command = jobClass.processes[process];
  return command === undefined ? [] : invocationOf(command).argv;
}
