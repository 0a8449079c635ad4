/** What jobs get whose output foster does not read: the console device, or foster's own descriptors. */
import { constants } from 'node:fs';
import type { DescriptorAction } from '../../kernel/kernel.js';

export interface ConsoleDescriptors {
  /** for `console output`; undefined: foster reads the output and writes it to its own stdout */
  readonly output: readonly DescriptorAction[] | undefined;
  /** for `console owner` and for COMMAND */
  readonly owner: readonly DescriptorAction[];
}

const OWN: ConsoleDescriptors = {
  output: undefined,
  owner: [0, 1, 2].map((fd) => ({ target: fd, source: fd })),
};

/** @param device path of the console device; undefined unless foster is the init of a machine */
export function consoleDescriptors(device: string | undefined): ConsoleDescriptors {
  if (device === undefined) return OWN;
  return {
    output: onDevice(device, constants.O_RDWR | constants.O_NOCTTY),
    // a session leader that opens a terminal without O_NOCTTY gets it as its controlling terminal (tty(4))
    owner: onDevice(device, constants.O_RDWR),
  };
}

function onDevice(path: string, flags: number): readonly DescriptorAction[] {
  return [0, 1, 2].map((target) => ({ target, source: { path, flags } }));
}
