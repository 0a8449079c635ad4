/**
 * Environment and descriptors with which main can talk to foster, by systemd's protocol: sd_notify(3),
 * sd_listen_fds(3). Pure.
 */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { PassedSocket } from '../bridges/socket-bridge.js';
import type { LaunchAdditions } from '../launch/launch-request.js';
import { FIRST_PASSED, type Stored } from './descriptor-store.js';

/**
 * Tests whether the class needs NOTIFY_SOCKET. Other jobs do not get it: some programs behave differently if
 * it is set.
 */
export function sendsNotifications({ ready, watchdog, fdStore }: JobClass): boolean {
  return ready?.when === 'notify' || watchdog !== undefined || fdStore > 0;
}

/** Descriptors for main. */
export interface PassedDescriptors {
  readonly sockets: readonly PassedSocket[];
  readonly stored: readonly Stored[];
}

/**
 * @param address of the socket for notices; undefined if there is none
 * @param manager foster's pid: systemd-notify(1) sends in the name of its parent, unless that is the manager
 */
export function additionsOf(
  jobClass: JobClass,
  address: string | undefined,
  { sockets, stored }: PassedDescriptors,
  manager = process.pid,
): LaunchAdditions {
  const { watchdog } = jobClass;
  const notices =
    address === undefined || !sendsNotifications(jobClass)
      ? []
      : [`NOTIFY_SOCKET=${address}`, `MANAGERPID=${manager}`];
  const watched = watchdog === undefined ? [] : [`WATCHDOG_USEC=${Math.round(watchdog * 1e6)}`];
  // sd_listen_fds(3): sockets first, then descriptors that the job itself has stored
  const descriptors = [...sockets, ...stored];
  const names = descriptors.map(({ name }) => name).join(':');
  const given =
    descriptors.length === 0 ? [] : [`LISTEN_FDS=${descriptors.length}`, `LISTEN_FDNAMES=${names}`];
  const causes = sockets.flatMap(({ isCause }, index) => (isCause ? [FIRST_PASSED + index] : []));
  // Upstart section 2.2
  const upstart = causes.length === 0 ? [] : [`UPSTART_FDS=${causes.join(' ')}`];
  return {
    variables: [...notices, ...watched, ...given, ...upstart],
    // a child of the service must not use what is meant for the service
    ownPid: [
      ...(watched.length === 0 ? [] : ['WATCHDOG_PID']),
      ...(given.length === 0 ? [] : ['LISTEN_PID']),
    ],
    descriptors: descriptors.map(({ fd }, index) => ({ target: FIRST_PASSED + index, source: fd })),
  };
}
