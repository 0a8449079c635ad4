/** `foster` with faults of its own, for tests: XFSZ makes it throw where nobody catches, VTALRM rejects a promise. Not a test. */
import { main } from '../../src/cli/main.js';
import { processTerminal } from '../../src/cli/terminal.js';

process.on('SIGXFSZ', () => {
  throw new Error('a fault that the test has asked for');
});
process.on('SIGVTALRM', () => {
  void Promise.reject(new Error('a rejection that the test has asked for'));
});
process.exitCode = await main(process.argv.slice(2), processTerminal());
