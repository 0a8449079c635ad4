/** foster version: prints the version of the running supervisor, and of this program, which may be newer. */
import { UnreachableError } from '../../control/client/client.js';
import type { VersionAnswer } from '../../control/protocol.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { installedVersion } from '../../installation.js';

export async function version(invocation: Invocation): Promise<number> {
  const client = installedVersion();
  const supervisor = invocation.has('client') ? undefined : await runningVersion(invocation);
  // scripts use `foster version` to wait for the supervisor
  const status = supervisor === undefined && !invocation.has('client') ? EXIT.unreachable : EXIT.ok;
  if (invocation.json) {
    invocation.printJson({ client, supervisor: supervisor ?? null });
    return status;
  }
  invocation.print(`foster ${client}`);
  if (supervisor !== undefined) {
    invocation.print(
      `supervisor ${supervisor.version}, process ${supervisor.pid}, since ${supervisor.since}`,
    );
  }
  return status;
}

/**
 * Returns the supervisor's version, or undefined when none runs: the program's own version is printed in any
 * case.
 */
async function runningVersion(invocation: Invocation): Promise<VersionAnswer | undefined> {
  try {
    return await invocation.client().request<VersionAnswer>('/v1/version');
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    invocation.complain(error.message);
    return undefined;
  }
}
