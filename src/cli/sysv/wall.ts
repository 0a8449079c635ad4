/** Sends a message to all users who are logged in, as wall(1) does. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { readRecords, USER_PROCESS, UTMP } from '../../supervisor/lifecycle/login-records.js';
import { isCodedError } from '../../kernel/errno.js';

/** Writes to each terminal of utmp; terminals that would block are skipped. */
export function wall(text: string, from = sender()): void {
  const message = `\r\nBroadcast message from ${from}\r\n\t(${clock(new Date())}) ...\r\n\r\n${text.replace(/\n/g, '\r\n')}\r\n`;
  for (const { type, line } of readRecords(UTMP)) {
    if (type === USER_PROCESS && /^[\w/-]+$/.test(line)) writeTo(`/dev/${line}`, message);
  }
}

function writeTo(path: string, message: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      writeSync(fd, message);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // the session has ended meanwhile, or ^S has stopped its terminal
    if (!isCodedError(error)) throw error;
  }
}

function sender(): string {
  return `${userInfo().username}@${hostname()}`;
}

function clock(time: Date): string {
  return `${time.getHours()}:${String(time.getMinutes()).padStart(2, '0')}`;
}
