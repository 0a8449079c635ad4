/**
 * `foster` with faults of its own, for tests: XFSZ makes it throw where nobody catches, VTALRM rejects a promise. With
 * FOSTER_TEST_FAULT=lasting, each program that replaces one that has failed fails as well. Not a test.
 */
import { main } from '../../src/cli/main.js';
import { processTerminal } from '../../src/cli/terminal.js';

process.on('SIGXFSZ', () => {
  throw new Error('a fault that the test has asked for');
});
process.on('SIGVTALRM', () => {
  void Promise.reject(new Error('a rejection that the test has asked for'));
});
if (process.env['FOSTER_TEST_FAULT'] === 'lasting' && process.env['FOSTER_HANDOVER'] !== undefined) {
  setInterval(() => {
    if (process.listenerCount('uncaughtException') > 0) throw new Error('a fault that lasts');
  }, 5).unref();
}
process.exitCode = await main(process.argv.slice(2), processTerminal());
