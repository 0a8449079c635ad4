/** All commands of `foster`, as data: the modules that do the work are loaded on demand. */
import type { CommandGroup, CommandSpec } from './command-spec.js';
import { ACT } from './table/act.js';
import { FILES } from './table/files.js';
import { LOGS } from './table/logs.js';
import { LOOK } from './table/look.js';
import { MACHINE } from './table/machine.js';
import { tools } from './table/tools.js';

/** By what a person wants, in the order of the help. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  LOOK,
  ACT,
  LOGS,
  FILES,
  MACHINE,
  tools(() => COMMAND_GROUPS),
];

export const COMMANDS: readonly CommandSpec[] = COMMAND_GROUPS.flatMap(({ commands }) => commands);
