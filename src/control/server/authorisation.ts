/**
 * Who may do what. The kernel says who connected (SO_PEERCRED, socket(7)): the credentials are those at the time of
 * connect(2) and cannot be forged, so that the socket itself may be open to everybody.
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

/** @throws RequestError `forbidden` when the caller may not do what needs `needed` */
export function authorise(caller: Caller, needed: Access, what: string): void {
  if (needed === 'everyone' || caller.access === 'owner') return;
  throw new RequestError(
    'forbidden',
    `Permission denied: user ${caller.uid} may not ${what}`,
    "root or the supervisor's own user; others may read the list and the status of jobs",
  );
}

/** What a stranger sees of a job. `waitingFor` may name an event with its environment. */
export function visibleStatus(status: JobStatus, caller: Caller): JobStatus {
  if (caller.access === 'owner') return status;
  const visible: { -readonly [Field in keyof JobStatus]: JobStatus[Field] } = { ...status };
  delete visible.waitingFor;
  // events with their variables, and who has given commands
  delete visible.history;
  // what is wrong with a file shows lines of it
  delete visible.file;
  return visible;
}
