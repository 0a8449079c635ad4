/**
 * initctl: foster's client with Upstart's command line. start, stop, restart, reload and status, and System
 * V's commands, also run under their own names.
 */
import { basename } from 'node:path';
import { ControlClient, RefusedError, UnreachableError } from '../../control/client/client.js';
import { locateSocket } from '../../control/client/locate.js';
import type { SocketPlace } from '../../control/client/socket-trust.js';
import { SocketPathError } from '../../control/socket-address.js';
import type { Terminal } from '../terminal.js';
import { readArguments, type Arguments } from './arguments.js';
import { type InitctlCommand, UPSTART_VERSION } from './command.js';
import { Failure, UsageError } from './failure.js';

/** Names under which the program acts as one of its commands, as Upstart installs it. */
const OWN_NAMES = ['start', 'stop', 'restart', 'reload', 'status'];

/** Commands of System V's init, which parse their own command lines (sysv/main.ts). */
const SYSV_NAMES = ['telinit', 'runlevel', 'shutdown', 'halt', 'poweroff', 'reboot'];

type CommandTable = Readonly<Record<string, InitctlCommand>>;

/**
 * Runs initctl.
 * @param program the name by which the program was called, with its directory
 * @param args the arguments after the program name
 * @returns the exit status
 */
export async function initctl(program: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const name = basename(program);
  try {
    if (SYSV_NAMES.includes(name)) return await (await import('../sysv/main.js')).sysv(name, args, terminal);
    return await run(name, args, terminal);
  } catch (error) {
    if (!isExpected(error)) throw error;
    terminal.err(`${name}: ${error.message}\n`);
    if (error instanceof UsageError) terminal.err(`Try \`${name} --help' for more information.\n`);
    return 1;
  }
}

async function run(program: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const { name, rest } = OWN_NAMES.includes(program) ? { name: program, rest: [...args] } : split(args);
  const command = name === undefined ? undefined : await findCommand(name);
  const given = readArguments(rest, command?.options ?? {});
  if (given.flags.has('version')) {
    terminal.out(`${program} (${UPSTART_VERSION})\n`);
    return 0;
  }
  if (given.flags.has('help') || name === 'help') {
    const { commandHelp, programHelp } = await import('./help.js');
    terminal.out(
      command === undefined
        ? programHelp(program, await allCommands())
        : commandHelp(program, name!, command),
    );
    return 0;
  }
  if (name === undefined) throw new UsageError('missing command');
  if (command === undefined) throw new UsageError(`invalid command: ${name}`);
  const client = new ControlClient(socketFor(given, terminal), terminal.uid);
  const say = (line: string) => {
    if (!given.flags.has('quiet')) terminal.out(`${line}\n`);
  };
  return (await command.run({ terminal, client, arguments: given, print: say })) ?? 0;
}

/** Separates the command's name: the first word that is neither an option nor the argument of `--dest`. */
function split(args: readonly string[]): {
  readonly name: string | undefined;
  readonly rest: readonly string[];
} {
  const at = args.findIndex((word, index) => !word.startsWith('-') && args[index - 1] !== '--dest');
  if (at < 0) return { name: undefined, rest: args };
  return { name: args[at], rest: [...args.slice(0, at), ...args.slice(at + 1)] };
}

function socketFor({ flags }: Arguments, { env, uid }: Terminal): SocketPlace {
  return locateSocket(undefined, { uid, env }, flags.has('system') && env['FOSTER_SOCKET'] === undefined);
}

/**
 * Loads only the module that contains the command: most of the time of a short command goes into loading
 * modules.
 */
async function findCommand(name: string): Promise<InitctlCommand | undefined> {
  for (const load of LOADERS) {
    if (load.names.includes(name)) return (await load.table())[name];
  }
  return undefined;
}

export async function allCommands(): Promise<CommandTable> {
  const tables = await Promise.all(LOADERS.map((loader) => loader.table()));
  return Object.fromEntries(tables.flatMap((table) => Object.entries(table)));
}

const LOADERS: readonly { readonly names: readonly string[]; readonly table: () => Promise<CommandTable> }[] =
  [
    {
      names: [...OWN_NAMES, 'list'],
      table: async () => (await import('./job-commands.js')).jobCommands,
    },
    {
      names: [
        'emit',
        'reload-configuration',
        'notify-disk-writeable',
        'notify-dbus-address',
        'notify-cgroup-manager-address',
      ],
      table: async () => (await import('./event-commands.js')).eventCommands,
    },
    {
      names: ['usage', 'show-config', 'check-config'],
      table: async () => (await import('./configuration-commands.js')).configurationCommands,
    },
    {
      names: ['get-env', 'list-env', 'set-env', 'unset-env', 'reset-env'],
      table: async () => (await import('./environment-commands.js')).environmentCommands,
    },
    {
      names: ['version', 'log-priority', 'list-sessions'],
      table: async () => (await import('./daemon-commands.js')).daemonCommands,
    },
  ];

function isExpected(error: unknown): error is Error {
  return [Failure, UsageError, RefusedError, UnreachableError, SocketPathError].some(
    (kind) => error instanceof kind,
  );
}
