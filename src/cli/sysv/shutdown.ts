/**
 * shutdown: shuts the machine down, now or later (shutdown(8)). As in Upstart, this process does the waiting.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTextFile } from '../../kernel/files/read-file.js';
import { readProcFile } from '../../kernel/proc/proc-file.js';
import { counted } from '../../text/phrases.js';
import { Failure, UsageError } from '../initctl/failure.js';
import {
  changeRunlevel,
  requireMachine,
  requireRoot,
  type Level,
  type SysvCommand,
  type SysvContext,
} from './request.js';
import { delayUntil, isWarningDue } from './shutdown-time.js';
import { wall } from './wall.js';
import { isCodedError } from '../../kernel/errno.js';

const PID_FILE = '/var/run/shutdown.pid';
/** while it exists, login(1) admits only root */
const NOLOGIN = '/etc/nologin';
const NOLOGIN_MINUTES = 5;
const MINUTE = 60_000;

/** What happens to the machine, by option. */
interface Kind {
  readonly level: Level;
  readonly env: readonly string[];
  readonly text: string;
}
const MAINTENANCE: Kind = { level: '1', env: [], text: 'maintenance' };
const KINDS: Readonly<Record<string, Kind>> = {
  reboot: { level: '6', env: [], text: 'reboot' },
  halt: { level: '0', env: ['INIT_HALT=HALT'], text: 'halt' },
  poweroff: { level: '0', env: ['INIT_HALT=POWEROFF'], text: 'power off' },
  h: { level: '0', env: [], text: 'halt' },
};

export const shutdown: SysvCommand = {
  synopsis: 'TIME [MESSAGE]',
  summary: 'bring the machine down',
  options: {
    reboot: { short: 'r', help: 'reboot after the shutdown' },
    h: { short: 'h', help: 'halt or power off after the shutdown' },
    halt: { short: 'H', help: 'halt after the shutdown (implies -h)' },
    poweroff: { short: 'P', help: 'power off after the shutdown (implies -h)' },
    cancel: { short: 'c', help: 'cancel a pending shutdown' },
    warn: { short: 'k', help: 'only send warnings' },
    a: { short: 'a', help: 'accepted and ignored' },
    f: { short: 'f', help: 'accepted and ignored' },
    F: { short: 'F', help: 'accepted and ignored' },
    n: { short: 'n', help: 'accepted and ignored' },
    t: { short: 't', value: 'SECONDS', help: 'accepted and ignored' },
  },
  run,
};

async function run({ arguments: { words, flags }, client, terminal }: SysvContext): Promise<number> {
  requireRoot(terminal);
  if (flags.has('cancel')) return cancel(words.join(' '));
  const [time, ...message] = words;
  if (time === undefined) throw new UsageError('time expected');
  const kind = ['reboot', 'halt', 'poweroff', 'h'].find((flag) => flags.has(flag));
  const { level, env, text } = kind === undefined ? MAINTENANCE : KINDS[kind]!;
  const delay = delayUntil(time, new Date());
  requireMachine();
  const warn = (minutes: number): void => wall(warning(text, minutes, message.join(' ')));
  if (delay > 0) await waitAndWarn(delay, warn);
  warn(0);
  if (!flags.has('warn')) await changeRunlevel(client, level, env);
  return 0;
}

export function warning(kind: string, minutes: number, message: string): string {
  const when = minutes === 0 ? 'NOW' : `in ${counted(minutes, 'minute')}`;
  return `\x07The system is going down for ${kind} ${when}!${message === '' ? '' : `\n${message}`}`;
}

async function waitAndWarn(delay: number, warn: (minutes: number) => void): Promise<void> {
  const end = Date.now() + delay;
  claim();
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  try {
    for (let left = delay; left > 0; left = end - Date.now()) {
      const minutes = Math.ceil(left / MINUTE);
      if (isWarningDue(minutes)) warn(minutes);
      if (minutes <= NOLOGIN_MINUTES)
        writeFileSync(NOLOGIN, `The system is going down in ${minutes} minutes\n`);
      await sleep(left - (minutes - 1) * MINUTE, undefined, { signal: abort.signal });
    }
  } catch (error) {
    rmSync(NOLOGIN, { force: true });
    if (abort.signal.aborted) throw new Failure('Shutdown cancelled', { cause: error });
    throw error;
  } finally {
    rmSync(PID_FILE, { force: true });
  }
}

/** Writes the PID file, since only one shutdown may wait at a time. */
function claim(): void {
  const other = waiting();
  if (other !== undefined) throw new Failure(`Another shutdown is already running (process ${other})`);
  writeFileSync(PID_FILE, `${process.pid}\n`);
}

function cancel(message: string): number {
  const pid = waiting();
  if (pid === undefined) throw new Failure('Cannot find pid of running shutdown');
  process.kill(pid, 'SIGINT');
  wall(`Shutdown cancelled${message === '' ? '' : `\n${message}`}`);
  return 0;
}

/** Returns the pid of a waiting shutdown. The pid may have been reused, so the process's name is checked. */
function waiting(): number | undefined {
  const pid = Number(textOf(PID_FILE).trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const isShutdown = (readProcFile(`/proc/${pid}/cmdline`)?.toString('utf8') ?? '')
    .split('\0')
    .some((word) => /(?:^|\/)shutdown$/.test(word));
  return isShutdown ? pid : undefined;
}

function textOf(path: string): string {
  try {
    return readTextFile(path, { limit: 64 * 1024 });
  } catch (error) {
    if (isCodedError(error)) return '';
    throw error;
  }
}
