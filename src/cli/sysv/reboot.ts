/** halt, poweroff and reboot: shut down now; at the end of a shutdown or with `--force`, call reboot(2). */
import { endMachine } from '../../kernel/machine.js';
import type { Runlevels } from '../../supervisor/bridges/runlevel.js';
import { LoginRecords } from '../../supervisor/lifecycle/login-records.js';
import type { MachineEnd } from '../../supervisor/lifecycle/machine-end.js';
import type { Arguments, OptionTable } from '../initctl/arguments.js';
import {
  changeRunlevel,
  requireMachine,
  requireRoot,
  type SysvCommand,
  type SysvContext,
} from './request.js';
import { warning } from './shutdown.js';
import { wall } from './wall.js';

const OPTIONS: OptionTable = {
  force: { short: 'f', help: 'reboot or power off at once, without stopping jobs' },
  poweroff: { short: 'p', help: 'power off, if called as halt' },
  'wtmp-only': { short: 'w', help: 'only write a shutdown record to wtmp' },
  'no-wtmp': { short: 'd', help: 'do not write a record to wtmp' },
  'no-sync': { short: 'n', help: 'accepted and ignored: file systems are always synced' },
  i: { short: 'i', help: 'accepted and ignored' },
  h: { short: 'h', help: 'accepted and ignored' },
};

const ENDS: Readonly<Record<MachineEnd, { level: '0' | '6'; env: readonly string[]; text: string }>> = {
  'power-off': { level: '0', env: ['INIT_HALT=POWEROFF'], text: 'power off' },
  halt: { level: '0', env: ['INIT_HALT=HALT'], text: 'halt' },
  reboot: { level: '6', env: [], text: 'reboot' },
};

export const halt = command('halt', 'halt the machine');
export const poweroff = command('power-off', 'switch the machine off');
export const reboot = command('reboot', 'reboot the machine');

function command(end: MachineEnd, summary: string): SysvCommand {
  return { synopsis: '', summary, options: OPTIONS, run: (context) => run(end, context) };
}

async function run(named: MachineEnd, { arguments: given, client, terminal }: SysvContext): Promise<number> {
  requireRoot(terminal);
  if (given.flags.has('wtmp-only')) {
    record(given);
    return 0;
  }
  requireMachine();
  const end = named === 'halt' && given.flags.has('poweroff') ? 'power-off' : named;
  if (!given.flags.has('force')) {
    // the scripts of runlevels 0 and 6 call it as their last command
    const { current } = await client.request<Runlevels>('/v1/runlevel');
    if (current !== '0' && current !== '6') {
      const { level, env, text } = ENDS[end];
      wall(warning(text, 0, ''));
      await changeRunlevel(client, level, env);
      return 0;
    }
  }
  record(given);
  endMachine(end);
  return 0;
}

function record({ flags }: Arguments): void {
  if (!flags.has('no-wtmp')) new LoginRecords(0).recordShutdown();
}
