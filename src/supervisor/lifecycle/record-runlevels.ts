import { uptime } from 'node:os';
import type { Runlevels } from '../bridges/runlevel.js';
import type { Log } from '../log.js';
import { LoginRecords } from '../lifecycle/login-records.js';

/** What who(1) and last(1) know of runlevels. A record that cannot be written is no reason to do anything else. */
export function recordRunlevels(log: Log): (levels: Runlevels) => void {
  const records = new LoginRecords(Date.now() - uptime() * 1000);
  return ({ previous, current }) => {
    try {
      records.changed(previous, current);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      log('info', `The runlevel is not recorded in utmp and wtmp: ${error.message}`);
    }
  };
}
