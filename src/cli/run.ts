/** The two programs that bin/ starts: `foster` and `initctl`, on the process's own arguments and standard streams. */
import { initctl } from './initctl/main.js';
import { main } from './main.js';
import { processTerminal } from './terminal.js';

const PROGRAMS = {
  foster: () => main(process.argv.slice(2), processTerminal('foster')),
  initctl: () => initctl(process.argv[1]!, process.argv.slice(2), processTerminal('initctl', 'on-terminals')),
};

export type ProgramName = keyof typeof PROGRAMS;

/** Runs one of the programs; its exit status becomes that of the process. */
export async function run(name: ProgramName): Promise<void> {
  process.exitCode = await PROGRAMS[name]();
}
