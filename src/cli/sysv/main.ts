/** The commands of System V's init under their own names: links to initctl, with Upstart's command lines. */
import { basename } from 'node:path';
import { ControlClient } from '../../control/client/client.js';
import { locateSocket } from '../../control/client/locate.js';
import { readArguments } from '../initctl/arguments.js';
import { UPSTART_VERSION } from '../initctl/command.js';
import type { Terminal } from '../terminal.js';
import { halt, poweroff, reboot } from './reboot.js';
import type { SysvCommand } from './request.js';
import { runlevel, telinit } from './runlevels.js';
import { shutdown } from './shutdown.js';

export const SYSV_COMMANDS: Readonly<Record<string, SysvCommand>> = {
  telinit,
  runlevel,
  shutdown,
  halt,
  poweroff,
  reboot,
};

/**
 * Runs one of the commands.
 * @returns the exit status; @throws errors for which `initctl` prints a message
 */
export async function sysv(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const program = basename(name);
  const command = SYSV_COMMANDS[program]!;
  const given = readArguments(args, command.options);
  if (given.flags.has('version')) {
    terminal.out(`${program} (${UPSTART_VERSION})\n`);
    return 0;
  }
  if (given.flags.has('help')) {
    const { commandHelp } = await import('../initctl/help.js');
    terminal.out(commandHelp(program, program, command));
    return 0;
  }
  const client = new ControlClient(locateSocket(undefined, terminal, false), terminal.uid);
  return command.run({ terminal, client, arguments: given, program });
}
