/** foster doctor: reports what this kernel and container allow, whether or not a supervisor runs. */
import { RefusedError, UnreachableError } from '../../control/client/client.js';
import { SocketPathError } from '../../control/socket-address.js';
import { createKernel } from '../../kernel/linux.js';
import type { SupervisorReport } from '../../supervisor/api/report.js';
import { runDirectories } from '../../supervisor/directories.js';
import { examine } from '../../supervisor/doctor/examine.js';
import type { DoctorReport } from '../../supervisor/doctor/report.js';
import { usableRunDirectory } from '../../supervisor/doctor/run-directory.js';
import { EXIT } from '../exit-status.js';
import { doctorText } from '../format/doctor.js';
import type { Invocation } from '../invocation.js';
import { installedVersion } from '../../installation.js';

export async function doctor(invocation: Invocation): Promise<number> {
  const { uid, env } = invocation.terminal;
  const running = await askSupervisor(invocation);
  const report = examine(createKernel(), {
    version: installedVersion(),
    supervisor: supervisorPart(running),
    runDirectory: usableRunDirectory('rundir' in running ? [running.rundir] : runDirectories({ uid, env })),
  });
  if (invocation.json) invocation.printJson(report);
  else invocation.explain(doctorText(report));
  return EXIT.ok;
}

/**
 * Returns the supervisor's report, or the error: for `doctor`, no answer or a refusal is a finding, not a
 * failure.
 */
async function askSupervisor(invocation: Invocation): Promise<SupervisorReport | Error> {
  try {
    return await invocation.client().request<SupervisorReport>('/v1/report');
  } catch (error) {
    if ([UnreachableError, RefusedError, SocketPathError].some((kind) => error instanceof kind))
      return error as Error;
    throw error;
  }
}

function supervisorPart(running: SupervisorReport | Error): DoctorReport['supervisor'] {
  if (running instanceof Error) return { running: false, reason: running.message };
  const { version, pid, tracker } = running;
  return { running: true, version, pid, tracker };
}
