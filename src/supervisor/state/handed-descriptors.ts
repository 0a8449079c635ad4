/**
 * Descriptors that stay open over a re-exec. If the handover is unusable, the unknown ones must be closed. Otherwise a job's
 * listening socket would occupy its port for ever, and the run directory would stay locked.
 */
import { closeSync, fstatSync } from 'node:fs';
import { DecodeError } from '../../codec/decode-error.js';
import { isCodedError } from '../../kernel/errno.js';
import type { Report } from '../log/log.js';
import { thisBoot } from './boot-identity.js';
import { HANDOVER_VARIABLE, receiveHandover, savedDescriptors, type Handover } from './handover.js';

interface Received {
  readonly handover: Handover | undefined;
  /** closes pipes of a handover that cannot be used, once the jobs have been recovered */
  readonly closePipes: () => void;
}

/**
 * Receives what the previous program handed over. If that cannot be read at all, PID 1 must go on: the jobs are recovered
 * from the run directory, as after a crash.
 * @param inherited the descriptors that were open before this program
 */
export function receiveWithDescriptors(inherited: ReadonlySet<number>, log: Report): Received {
  const file = Number(process.env[HANDOVER_VARIABLE]);
  const unreadable = ({ message }: Error): void =>
    log('error', `The state of the re-exec cannot be read: ${message}`);
  let handed: Handover | undefined;
  try {
    handed = receiveHandover(thisBoot(), process.env, unreadable);
  } catch (error) {
    if (!(error instanceof DecodeError || isCodedError(error))) throw error;
    unreadable(error);
  }
  const open = new Set([...inherited].filter((fd) => fd !== file));
  const handover = handed && withOpenDescriptors(handed, open, log);
  return { handover, closePipes: closeUnclaimed(open, handover) };
}

/**
 * Returns the handover without descriptors that are not open. Without those of the state, the jobs are recovered from the run
 * directory, as after a crash.
 */
function withOpenDescriptors(handed: Handover, inherited: ReadonlySet<number>, report: Report): Handover {
  const { lock, socket, state } = handed;
  const ofState = savedDescriptors({ ...handed, lock: undefined, socket: undefined });
  const missing = savedDescriptors(handed).filter((fd) => !inherited.has(fd));
  if (missing.length === 0) return handed;
  report('error', `Descriptors of the re-exec are not open: ${missing.join(', ')}`);
  const isUnusable = state !== undefined && ofState.some((fd) => !inherited.has(fd));
  return {
    ...handed,
    ...(isUnusable && { kind: 'files' as const, state: undefined }),
    lock: lock !== undefined && inherited.has(lock) ? lock : undefined,
    socket: socket !== undefined && inherited.has(socket) ? socket : undefined,
  };
}

/**
 * Closes the descriptors that a usable handover does not mention.
 * @returns closes the pipes: only once the FIFOs of jobs are open again, since the kernel discards what is in a FIFO that
 *   nobody holds
 */
function closeUnclaimed(inherited: ReadonlySet<number>, handed: Handover | undefined): () => void {
  const claimed = new Set(handed === undefined ? [] : [...savedDescriptors(handed), handed.terminal]);
  const unclaimed = [...inherited].filter((fd) => !claimed.has(fd));
  const pipes = unclaimed.filter((fd) => fstatSync(fd).isFIFO());
  for (const fd of unclaimed) if (!pipes.includes(fd)) closeSync(fd);
  return () => {
    for (const fd of pipes) closeSync(fd);
  };
}
