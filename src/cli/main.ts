/** `foster`: finds the module of the command and runs it. */
import { CliError } from './cli-error.js';
import type { CommandSpec } from './command-spec.js';
import { COMMAND_GROUPS, COMMANDS } from './command-table.js';
import { errorText } from './format/sentence.js';
import { readInOrder } from './fast-lane.js';
import { Invocation } from './invocation.js';
import type { Terminal } from './terminal.js';
import { RefusedError, UnreachableError } from '../control/client/client.js';
import { SocketPathError } from '../control/socket-address.js';
import { EXIT, refusedStatus } from './exit-status.js';

/**
 * Runs `foster`.
 * @param args the arguments after the program name
 * @returns the exit status (exit-status.ts)
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(args, terminal);
  } catch (error) {
    const status = exitStatusOf(error);
    if (status === undefined) throw error;
    terminal.err(errorText(sentenceOf(error as Error), [], terminal));
    return status;
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-V') return run(['version', '--client'], terminal);
  const alone = readInOrder(NO_COMMAND, args);
  if (alone !== undefined) return overview(new Invocation(terminal, [], alone.options));
  const spec = COMMANDS.find((command) => command.name === name);
  const line = spec === undefined ? undefined : readInOrder(spec, rest);
  if (spec !== undefined && line !== undefined) {
    const command = await spec.load();
    return command(new Invocation(terminal, line.words, line.options));
  }
  const { runProgram } = await import('./program.js');
  return runProgram(args, terminal, COMMAND_GROUPS);
}

/** No command, only options of every command. */
const NO_COMMAND: CommandSpec = { ...COMMANDS[0]!, operands: '', options: {} };

/**
 * Runs `foster` without a command: prints the jobs. If no supervisor answers, it lists the commands first, for
 * people who try foster for the first time.
 */
async function overview(invocation: Invocation): Promise<number> {
  const { list } = await import('./commands/list.js');
  try {
    return await list(invocation);
  } catch (error) {
    const isFirst = error instanceof UnreachableError || error instanceof SocketPathError;
    if (!isFirst || invocation.value('socket') !== undefined || invocation.json) throw error;
    const { runProgram } = await import('./program.js');
    await runProgram([], invocation.terminal, COMMAND_GROUPS);
    throw error;
  }
}

/** Returns the message; of a command without permission, also who has it. */
function sentenceOf(error: Error): string {
  const expected =
    error instanceof RefusedError && error.code === 'forbidden' ? error.body.expected : undefined;
  return expected === undefined ? error.message : `${error.message} (expected ${expected})`;
}

/** Returns the exit status of an expected error; any other is a bug in foster and is shown with its stack. */
function exitStatusOf(error: unknown): number | undefined {
  if (error instanceof CliError) return error.status;
  if (error instanceof UnreachableError || error instanceof SocketPathError) return EXIT.unreachable;
  if (error instanceof RefusedError) return refusedStatus(error.code);
  return isSystemCallError(error) ? EXIT.failed : undefined;
}

/**
 * Tests for errors that the kernel gave to Node (a full disk, a file without read permission): their message
 * names the call and the path.
 */
function isSystemCallError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
