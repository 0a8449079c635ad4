/** What really runs, from /proc and the workers' own command lines: foster's answers are never the yardstick. */
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
    const [, role, name] =
      /worker\.sh\0([^\0]*)\0([^\0]*)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'latin1')) ?? [];
    return {
      pid,
      state,
      parent: Number(parent),
      session: Number(session),
      job: name ?? job,
      role,
      program,
    };
  } catch {
    return undefined; // it has ended meanwhile, or is a thread of the kernel
  }
}

/** Of a job: what bears its name, or runs its program. Some daemons overwrite their environment with a title. */
export function membersOf(job, all) {
  return all.filter(
    (one) => one.state !== 'Z' && (one.job === job.name || (job.program && isProgram(one, job.program))),
  );
}

/** Undefined where the job runs once and nothing else is there of it; otherwise what is there, in a few words. */
export function faultOf(job, all) {
  const members = membersOf(job, all);
  // a real daemon is in one session, with as many workers as it likes
  if (job.program !== undefined) {
    const sessions = new Set(members.map(({ session }) => session)).size;
    return sessions === 1 ? undefined : `${job.name} ${sessions} times`;
  }
  const count = (role) => members.filter((one) => one.role === role).length;
  // a helper that was killed is not started again while main lives
  const isRight =
    count('main') === 1 &&
    count('helper') <= job.helpers &&
    members.length === count('main') + count('helper');
  if (isRight) return undefined;
  return `${job.name} (${job.shape}): ${members.map(({ pid, role, state }) => `${role ?? 'other'} ${pid} ${state}`).join(', ') || 'nothing'}`;
}

/** The process that is main of the job in truth; undefined where that is not one alone. */
export function mainOf(job, all) {
  const members = membersOf(job, all);
  const mains =
    job.program === undefined
      ? members.filter(({ role }) => role === 'main')
      : members.filter(({ parent }) => !members.some(({ pid }) => pid === parent));
  return mains.length === 1 ? mains[0].pid : undefined;
}

function isProgram({ program }, wanted) {
  return program !== undefined && basename(program.replace(' (deleted)', '')) === basename(wanted);
}

/** The number that a process has in its own pid namespace; undefined when it has ended. */
export function innerPid(pid) {
  try {
    return Number(/^NSpid:.*?(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** What grows when something is not given back. */
export function sizeOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    resident: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024),
  };
}
