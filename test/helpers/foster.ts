/** `foster` as a program, compiled beside the tests: what bin/foster is to build/. Not a test. */
import { main } from '../../src/cli/main.js';
import { processTerminal } from '../../src/cli/terminal.js';

process.exitCode = await main(process.argv.slice(2), processTerminal('foster'));
