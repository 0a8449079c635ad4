/**
 * Formats the first lines of `foster doctor`: whether all is well, otherwise what to do, the worst problem
 * first. Pure.
 */
import type { DoctorReport } from '../../supervisor/doctor/report.js';

/** A problem: what does not work, its consequence, and what to do. */
interface Problem {
  /** stops: foster cannot run; limits: daemons are followed less reliably */
  readonly weight: 'stops' | 'limits';
  readonly text: string;
  readonly remedy: string;
}

function problemsOf(report: DoctorReport): readonly Problem[] {
  return [
    ...runDirectory(report),
    ...sources(report),
    ...kernel(report),
    ...groups(report),
    ...rights(report),
  ];
}

/** Returns the lines of the verdict. */
export function doctorVerdict(report: DoctorReport): readonly string[] {
  const problems = problemsOf(report);
  const stops = problems.filter(({ weight }) => weight === 'stops');
  const best = report.sources.find(({ test }) => test.works);
  const means = best === undefined ? '' : `: daemons are followed by ${best.name}`;
  const running = supervisor(report);
  const first =
    stops.length > 0
      ? `foster does not work here: ${stops.length === 1 ? 'one thing is' : `${stops.length} things are`} missing`
      : problems.length > 0
        ? `foster works here, with limits${means}`
        : `all well${means}, and jobs have control groups`;
  return [
    `${first}; ${running}`,
    ...problems.flatMap(({ text, remedy }) => [`  - ${text}`, `    ${remedy}`]),
  ];
}

function supervisor({ supervisor: found }: DoctorReport): string {
  if (found.running) return `a supervisor runs (process ${found.pid})`;
  return /permission denied/i.test(found.reason)
    ? 'a supervisor runs as another user'
    : 'no supervisor runs (foster init starts one)';
}

function runDirectory({ runDirectory: { path, usable } }: DoctorReport): readonly Problem[] {
  if (usable.works) return [];
  return [
    {
      weight: 'stops',
      text: `the run directory ${path} cannot be used: ${usable.reason}`,
      remedy: 'make it writable for this user, or name another one: foster init --rundir DIR',
    },
  ];
}

/** Reports a better source of process events that does not work. Sources that see the same count as equal. */
function sources({ sources: tests }: DoctorReport): readonly Problem[] {
  const better = tests.slice(
    0,
    Math.max(
      0,
      tests.findIndex(({ test }) => test.works),
    ),
  );
  return better.flatMap(({ name, test }): readonly Problem[] =>
    test.works
      ? []
      : [{ weight: 'limits', text: `${name} does not work: ${test.reason}`, remedy: test.remedy }],
  );
}

function kernel({ subreaper, seccomp }: DoctorReport): readonly Problem[] {
  const problems: Problem[] = [];
  if (!subreaper.works)
    problems.push({
      weight: 'limits',
      text: `orphans of jobs do not come to foster: ${subreaper.reason}`,
      remedy: 'run it as PID 1',
    });
  if (seccomp.noNewPrivileges)
    problems.push({
      weight: 'limits',
      text: 'no new privileges: setuid programs of jobs do not get their rights',
      remedy: "start foster's container without no-new-privileges, if jobs need such programs",
    });
  return problems;
}

function groups({ cgroups: { hierarchies }, user }: DoctorReport): readonly Problem[] {
  const refused = hierarchies.filter(({ delegated }) => !delegated.works);
  // without cgroups only the stanza `cgroup` and exact resource usage are missing
  if (refused.length < hierarchies.length || hierarchies.length === 0) return [];
  return [
    {
      weight: 'limits',
      text: 'jobs cannot have control groups: no limits, no freezing',
      remedy:
        user.uid === 0
          ? 'mount /sys/fs/cgroup writable, or use cgroup delegation (docs/cgroups.md)'
          : `delegate a group to user ${user.uid} (docs/cgroups.md), if jobs need limits`,
    },
  ];
}

/** Reports missing capabilities of root. An ordinary user has none and needs none for jobs of that user. */
function rights({ capabilities: { missing }, user }: DoctorReport): readonly Problem[] {
  if (user.uid !== 0) return [];
  const needed = missing.filter(({ name }) => NEEDED.includes(name));
  if (needed.length === 0) return [];
  return [
    {
      weight: 'limits',
      text: `capabilities are missing: ${needed.map(({ name, without }) => `${name} (${without})`).join(', ')}`,
      remedy: `start the container with ${needed.map(({ name }) => `--cap-add ${name}`).join(' ')}, if jobs need that`,
    },
  ];
}

/** Capabilities that stanzas of ordinary job files need. */
const NEEDED = ['KILL', 'SETUID', 'SETGID'];
