/**
 * Files of /proc: damaged real ones, and stat files with any name. Nothing throws; a stat with any name is read as it was written,
 * and what is read of a process is numbers.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseCgroupSetup, parseGroups } from '../../../build/src/kernel/cgroup/layout.js';
import { parseIdentity, parseProcessStatus } from '../../../build/src/kernel/proc/process-status.js';
import { parseProcessUsage } from '../../../build/src/kernel/proc/process-usage.js';
import { parseStat } from '../../../build/src/kernel/proc/procfs.js';
import { parseInitgroups } from '../../../build/src/kernel/users/getent.js';
import { parseGroups as parseGroupFile, parseUsers } from '../../../build/src/kernel/users/users.js';
import { findUnmapped } from '../../../build/src/kernel/files/path-trust.js';
import { bytes, damaged, edge } from '../words.js';

const FILES = ['stat', 'status', 'cgroup', 'mountinfo', 'limits', 'uid_map'];
const texts = [
  ...FILES.map((name) => readFileSync(`/proc/self/${name}`, 'latin1')),
  'root:x:0:0:root:/root:/bin/sh\n',
  'a:x:1:b,c\n',
];
const lines = texts.flatMap((text) => text.split('\n').map((line) => `${line}\n`));

const stat = fc.record({
  pid: fc.integer({ min: 1, max: 2 ** 22 }),
  comm: fc.string({ unit: fc.constantFrom(...'ab ()\n\t\\0R1-'), maxLength: 15 }),
  state: fc.constantFrom(...'RSDTtZXxKWPI'),
  numbers: fc.array(edge, { minLength: 49, maxLength: 49 }),
});

export const target = {
  input: fc.oneof(
    stat.map((of) => ({ of })),
    damaged(texts, lines).map((text) => ({ text })),
    bytes(300).map((raw) => ({ raw })),
  ),
  examine({ of, text, raw }) {
    if (of !== undefined) return compareStat(of);
    const file = raw ?? Buffer.from(text, 'latin1');
    const content = file.toString('latin1');
    const read = parseStat(file);
    for (const [field, value] of Object.entries(read ?? {}))
      if (field !== 'comm' && field !== 'state' && value === undefined)
        throw new Error(`${field} is not there`);
    parseProcessStatus(content);
    parseIdentity(content);
    parseProcessUsage(content, content);
    parseGroups(content);
    parseCgroupSetup(content, content);
    parseInitgroups(content);
    parseGroupFile(content);
    for (const { uid, gid } of parseUsers(content))
      if (!(uid >= 0) || !(gid >= 0)) throw new Error(`a user ${uid} of group ${gid}`);
    findUnmapped('65534\n', content);
    return read !== undefined;
  },
};

function compareStat({ pid, comm, state, numbers }) {
  const read = parseStat(Buffer.from(`${pid} (${comm}) ${state} ${numbers.join(' ')}\n`));
  const expected = {
    pid,
    comm,
    state,
    parent: numbers[0],
    group: numbers[1],
    session: numbers[2],
    startTime: numbers[18],
  };
  for (const [field, value] of Object.entries(expected))
    if (read?.[field] !== value)
      throw new Error(`${field} is ${JSON.stringify(read?.[field])}, not ${JSON.stringify(value)}`);
  return true;
}
