/**
 * The limit of open files. Node raises its own soft limit to the hard one at its start, and children inherit that.
 * Many old daemons close every possible descriptor, which then takes seconds, and a program that uses select(2) may
 * crash. So jobs get the limit that foster itself was started with.
 */
import type { ResourceLimit } from '../../kernel/kernel.js';
import { readProcText } from '../../kernel/proc/proc-file.js';

/** The soft limit before Node was started, which only bin/foster can know. */
export const OPEN_FILES_VARIABLE = 'FOSTER_OPEN_FILES';

export interface OpenFiles {
  readonly jobs: ResourceLimit;
  readonly own: ResourceLimit;
}

/**
 * @param before value of OPEN_FILES_VARIABLE
 * @param limits text of /proc/self/limits (proc(5))
 * @returns undefined if the limit is unchanged or unknown
 */
export function openFilesOf(before: string | undefined, limits = ownLimits()): OpenFiles | undefined {
  const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(limits) ?? [];
  if (before === undefined || soft === undefined || hard === undefined || before === soft) return undefined;
  const jobsSoft = limitValue(before);
  const [ownSoft, ownHard] = [limitValue(soft), limitValue(hard)];
  if (jobsSoft === undefined || ownSoft === undefined || ownHard === undefined) return undefined;
  return {
    jobs: { resource: 'nofile', soft: jobsSoft, hard: ownHard },
    own: { resource: 'nofile', soft: ownSoft, hard: ownHard },
  };
}

function limitValue(text: string): number | 'unlimited' | undefined {
  if (text === 'unlimited') return text;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Enough for Node, the tracker, the control socket and a few jobs. */
const MIN_DESCRIPTORS = 64;

/** Returns a message if the limit is too low for foster; undefined if it is not. */
export function descriptorShortage(limits = ownLimits()): string | undefined {
  const limit = /^Max open files +(\d+)/m.exec(limits)?.[1];
  if (limit === undefined || Number(limit) >= MIN_DESCRIPTORS) return undefined;
  return `foster may open ${limit} files, but needs at least ${MIN_DESCRIPTORS}, and five more for each job: raise the limit (ulimit -Hn, LimitNOFILE=)`;
}

/** Returns the text of /proc/self/limits; empty without /proc. */
export function ownLimits(): string {
  return readProcText('/proc/self/limits');
}
