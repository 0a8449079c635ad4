/**
 * Runs the two programs of bin/, `foster` and `initctl`, with the process's own arguments and standard
 * streams.
 */
import { initctl } from './initctl/main.js';
import { main } from './main.js';
import { processTerminal } from './terminal.js';

const PROGRAMS = {
  foster: () => main(process.argv.slice(2), processTerminal('foster')),
  initctl: () => initctl(process.argv[1]!, process.argv.slice(2), processTerminal('initctl', 'on-terminals')),
};

type ProgramName = keyof typeof PROGRAMS;

/** Runs a program and sets its exit status as that of the process. */
export async function run(name: ProgramName): Promise<void> {
  process.exitCode = await PROGRAMS[name]();
}
