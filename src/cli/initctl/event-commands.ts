/** emit, and the commands that have the supervisor read its files again. */
import { emitAcrossReexec } from '../../control/client/waiting-command.js';
import type { EmitBody } from '../../control/protocol.js';
import type { Context, InitctlCommand } from './command.js';
import { Failure, UsageError } from './failure.js';

export const eventCommands: Readonly<Record<string, InitctlCommand>> = {
  emit: {
    synopsis: 'EVENT [KEY=VALUE]...',
    summary: 'emit an event',
    options: { 'no-wait': { short: 'n', help: 'do not wait for the event to finish before exiting' } },
    run: emit,
  },
  'reload-configuration': {
    synopsis: '',
    summary: 'reload the configuration of the init daemon',
    options: {},
    run: (context) => post(context, '/v1/reload-configuration'),
  },
  'notify-disk-writeable': {
    synopsis: '',
    summary: 'notify init that the log directory is writable',
    options: {},
    run: (context) => post(context, '/v1/reopen-logs'),
  },
  'notify-dbus-address': {
    synopsis: 'ADDRESS',
    summary: 'accepted and ignored: foster has no D-Bus',
    options: {},
    run: (context) => acceptAddress(context, 'missing D-Bus address'),
  },
  'notify-cgroup-manager-address': {
    synopsis: 'ADDRESS',
    summary: 'accepted and ignored: foster manages cgroups itself',
    options: {},
    run: (context) => acceptAddress(context, 'missing cgroup manager address'),
  },
};

async function emit({ arguments: { words, flags }, client, terminal }: Context): Promise<undefined> {
  const [event, ...env] = words;
  if (event === undefined) throw new UsageError('missing event name');
  if (event === '') throw new Failure('Name may not be empty string');
  const body: EmitBody = { event, env, wait: !flags.has('no-wait') };
  const note = (text: string): void => terminal.err(`initctl: ${text}\n`);
  await emitAcrossReexec({ client, body, timeout: Infinity, note });
}

async function post({ client }: Context, path: string): Promise<undefined> {
  await client.request(path, { method: 'POST' });
}

/**
 * Accepts an address without using it: start-up scripts of Upstart machines announce these, and foster needs
 * none.
 */
async function acceptAddress({ arguments: { words }, client }: Context, missing: string): Promise<undefined> {
  if (words[0] === undefined) throw new UsageError(missing);
  await client.request('/v1/version');
}
