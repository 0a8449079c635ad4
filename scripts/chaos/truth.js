/** What really runs, from /proc alone: foster's own answers are never the yardstick. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Returns the processes that live, with what says whose they are. */
export function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
}

function read(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const environ = readFileSync(`/proc/${pid}/environ`, 'latin1');
    const job = /(?:^|\0)CHAOS_JOB=([^\0]*)/.exec(environ)?.[1];
    const program = state === 'Z' ? undefined : readlinkSync(`/proc/${pid}/exe`);
    return { pid, state, parent: Number(parent), session: Number(session), job, program };
  } catch {
    return undefined; // it has ended meanwhile, or is a thread of the kernel
  }
}

/** The processes of a job that none of its own processes has started: as many as there are runs of it. */
export function rootsOf(job, all) {
  const own = all.filter(
    (one) => one.state !== 'Z' && (one.job === job.name || (job.program && isProgram(one, job.program))),
  );
  // a worker that leaves two sleeps behind has them in one session
  return new Set(own.map(({ session }) => session)).size;
}

/** Of a session, whoever is in it: some daemons overwrite their environment with a title. */
export function membersOf(job, all) {
  return all.filter((one) => one.job === job.name || (job.program && isProgram(one, job.program)));
}

function isProgram({ program }, wanted) {
  return program !== undefined && basename(program.replace(' (deleted)', '')) === basename(wanted);
}

/** What grows when something is not given back. */
export function sizeOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    resident: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024),
  };
}
