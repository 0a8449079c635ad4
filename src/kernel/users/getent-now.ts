/**
 * The supervisor's question to getent(1) about a user or group that /etc/passwd and /etc/group do not have: a job's `setuid`
 * may name somebody of LDAP, sssd or systemd-userdb. A process is asked instead of getpwnam(3), which would load the machine's
 * modules into the supervisor and could keep it waiting without end. The answer is waited for, since a start needs it: at
 * most for LIMIT, and only where nsswitch.conf(5) names more than the files. The reaper takes in the process.
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

/** Milliseconds. While the network is away, foster does nothing else for so long, once for each start of such a job. */
const LIMIT = 1_000;

/** Milliseconds for which a name that was not found is not asked for again: a job that respawns may not hold up foster. */
const NOT_FOUND_FOR = 5_000;

const PROGRAMS = ['/usr/bin/getent', '/bin/getent'];
const NSSWITCH = { path: '/etc/nsswitch.conf', limit: 64 * 1024 } as const;
const LARGEST_ANSWER = 1024 * 1024;

const POLLIN = 1;

const calls = lazily(() => ({
  poll: libc().declare('int', 'poll', ['void *', 'unsigned long', 'int']),
}));

/** When a question had no answer, by the question. */
const unanswered = new Map<string, number>();

/** The user of this name, where a name service has one. */
export function userElsewhere(name: string): User | undefined {
  return parseUsers(ask('passwd', name)).find((user) => user.name === name);
}

/** The group of this name, where a name service has one. */
export function groupElsewhere(name: string): Group | undefined {
  return parseGroups(ask('group', name)).find((group) => group.name === name);
}

/** The groups of a user's login, as initgroups(3) has them. */
export function groupsElsewhere(name: string): readonly number[] {
  return (parseInitgroups(ask('initgroups', name)).get(name) ?? []).filter(Number.isInteger);
}

/** @returns what getent prints; nothing when there is no such entry, nobody to ask, or no answer in time */
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

/** Undefined when the limit is over before the end comes. */
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
    // EINTR: asked again with what is left of the time
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
