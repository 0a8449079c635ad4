/**
 * The limit of open files that jobs begin with. Node raises its own soft limit to the hard one when it starts, and children
 * inherit that: a daemon that closes every possible descriptor, as many old ones do, then takes seconds, and one that
 * uses select(2) may crash. Jobs get back what foster itself was started with.
 */
import type { ResourceLimit } from '../../kernel/kernel.js';
import { readProcText } from '../../kernel/proc/proc-file.js';

/** The soft limit before Node began; bin/foster sets it, nobody else can know. */
export const OPEN_FILES_VARIABLE = 'FOSTER_OPEN_FILES';

export interface OpenFiles {
  readonly jobs: ResourceLimit;
  readonly own: ResourceLimit;
}

/**
 * @param before value of OPEN_FILES_VARIABLE
 * @param limits text of /proc/self/limits (proc(5))
 * @returns undefined when nothing has to be given back, or nothing is known
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

/** What Node, the tracker and the control socket have open, and a little for jobs. */
const FEWEST_DESCRIPTORS = 64;

/** Returns a sentence for the administrator; undefined where there are enough. */
export function descriptorShortage(limits = ownLimits()): string | undefined {
  const limit = /^Max open files +(\d+)/m.exec(limits)?.[1];
  if (limit === undefined || Number(limit) >= FEWEST_DESCRIPTORS) return undefined;
  return `foster may open ${limit} files, and needs ${FEWEST_DESCRIPTORS} at least, five more for each job: raise the limit (ulimit -Hn, LimitNOFILE=)`;
}

/** Text of /proc/self/limits; empty where there is no /proc. */
export function ownLimits(): string {
  return readProcText('/proc/self/limits');
}
