/**
 * Looks up a user or group that is not in /etc/passwd and /etc/group with getent(1), for the supervisor: a
 * job's `setuid` may name a user of LDAP, sssd or systemd-userdb. getpwnam(3) would load the machine's NSS
 * modules into the supervisor and could block it without limit. foster waits for the answer, because a start
 * needs it, but at most for LIMIT, and only if nsswitch.conf(5) names more than the files. The reaper reaps
 * the process.
 */
import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { nodeErrorCode } from '../errno.js';
import { asksBeyondFiles, parseInitgroups, type GetentDatabase } from './getent.js';
import { kill } from '../process/kill.js';
import { lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';
import { makePipe } from '../files/pipe.js';
import { readTextIfThere } from '../files/read-file.js';
import { prepareProgram } from '../process/spawn.js';
import { parseGroups, parseUsers, type Group, type User } from './users.js';
import { statIfPossible } from '../files/stat.js';

/** Milliseconds. While the network is down, foster blocks for this long at each start of such a job. */
const LIMIT = 1_000;

/**
 * Milliseconds for which a name that was not found is not looked up again: a respawning job must not block
 * foster.
 */
const NOT_FOUND_FOR = 5_000;

const PROGRAMS = ['/usr/bin/getent', '/bin/getent'];
const NSSWITCH = { path: '/etc/nsswitch.conf', limit: 64 * 1024 } as const;
const LARGEST_ANSWER = 1024 * 1024;

const POLLIN = 1;

const calls = lazily(() => ({
  poll: libc().declare('int', 'poll', ['void *', 'unsigned long', 'int']),
}));

/** When a lookup had no answer, by lookup. */
const unanswered = new Map<string, number>();

/** Returns the user of this name from a name service. */
export function userElsewhere(name: string): User | undefined {
  return parseUsers(ask('passwd', name)).find((user) => user.name === name);
}

/** Returns the group of this name from a name service. */
export function groupElsewhere(name: string): Group | undefined {
  return parseGroups(ask('group', name)).find((group) => group.name === name);
}

/** Returns the groups of a user at login, as initgroups(3) does. */
export function groupsElsewhere(name: string): readonly number[] {
  return (parseInitgroups(ask('initgroups', name)).get(name) ?? []).filter(Number.isInteger);
}

/** @returns the output of getent; empty if there is no such entry, no name service, or no answer in time */
function ask(database: GetentDatabase, name: string): string {
  const question = `${database} ${name}`;
  const [program, now] = [programFor(), performance.now()];
  if (program === undefined || now - (unanswered.get(question) ?? -Infinity) < NOT_FOUND_FOR) return '';
  const answer = outputOf(program, ['getent', database, '--', name]);
  if (answer === '') unanswered.set(question, now);
  else unanswered.delete(question);
  return answer;
}

function programFor(): string | undefined {
  const nsswitch = readTextIfThere(NSSWITCH.path, { limit: NSSWITCH.limit });
  if (nsswitch === undefined || !asksBeyondFiles(nsswitch)) return undefined;
  return PROGRAMS.find((path) => statIfPossible(path)?.isFile());
}

function outputOf(path: string, argv: readonly string[]): string {
  const { read, write } = makePipe();
  try {
    const env = ['PATH=/usr/bin:/bin', 'LC_ALL=C'];
    const descriptors = [{ target: 1, source: write }];
    const program = prepareProgram({ path, argv, env, newSession: true, descriptors });
    let pid: number;
    try {
      pid = program.spawn();
    } finally {
      program.release();
      closeSync(write);
    }
    const output = readUntilEnd(read);
    if (output === undefined) kill(pid, constants.signals.SIGKILL);
    return output ?? '';
  } finally {
    closeSync(read);
  }
}

/** Returns undefined if the limit is over first. */
function readUntilEnd(fd: number): string | undefined {
  const request = allocatePinned(8);
  const piece = Buffer.alloc(16 * 1024);
  const end = performance.now() + LIMIT;
  let output = '';
  for (;;) {
    request.writeInt32LE(fd, 0);
    request.writeInt32LE(POLLIN, 4);
    const left = Math.ceil(end - performance.now());
    if (left <= 0 || output.length > LARGEST_ANSWER) return undefined;
    // EINTR: retried with the remaining time
    if (calls().poll(request, 1, left) <= 0) continue;
    const count = readNow(fd, piece);
    if (count === 0) return output;
    output += piece.toString('utf8', 0, count ?? 0);
  }
}

function readNow(fd: number, piece: Buffer): number | undefined {
  try {
    return readSync(fd, piece, 0, piece.length, null);
  } catch (error) {
    if (nodeErrorCode(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
