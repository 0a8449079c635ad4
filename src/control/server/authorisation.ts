/**
 * Decides who may do what. The kernel reports who connected (SO_PEERCRED, socket(7)). The credentials are
 * those at the time of connect(2) and cannot be forged, so the socket itself may be open to everybody.
 */
import type { PeerCredentials } from '../../kernel/kernel.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { RequestError } from '../errors.js';

/** `everyone`: the state of jobs, without arguments and environment. `owner`: root and the supervisor's own user. */
export type Access = 'everyone' | 'owner';

export type Caller = PeerCredentials & { readonly access: Access };

/** @param ownUid the supervisor's own user id */
export function identify(credentials: PeerCredentials, ownUid: number): Caller {
  const owner = credentials.uid === 0 || credentials.uid === ownUid;
  return { ...credentials, access: owner ? 'owner' : 'everyone' };
}

/** @throws RequestError `forbidden` if the caller has no permission */
export function authorise(caller: Caller, needed: Access, what: string): void {
  if (needed === 'everyone' || caller.access === 'owner') return;
  throw new RequestError(
    'forbidden',
    `Permission denied: user ${caller.uid} may not ${what}`,
    "root or the supervisor's own user; others may read the list and the status of jobs",
  );
}

/**
 * Returns the part of a status that a stranger may see. `waitingFor` may name an event with its environment.
 */
export function visibleStatus(status: JobStatus, caller: Caller): JobStatus {
  if (caller.access === 'owner') return status;
  const visible: { -readonly [Field in keyof JobStatus]: JobStatus[Field] } = { ...status };
  delete visible.waitingFor;
  // events with their variables, and who gave commands
  delete visible.history;
  // errors of a file quote its lines
  delete visible.file;
  return visible;
}
