/** Formats the output of `foster doctor` for people. */
import type { DoctorReport, Finding } from '../../supervisor/doctor/report.js';
import { doctorVerdict } from './doctor-verdict.js';

/** Returns the lines of the report. */
export function doctorText(report: DoctorReport): readonly string[] {
  const { user, pid1, namespaces, limits, runDirectory, seccomp } = report;
  return [
    ...doctorVerdict(report),
    '',
    `foster ${report.version}, Node ${report.node}, Linux ${report.kernel}, uid ${user.uid} (${user.name ?? 'no name'})`,
    `PID 1: ${pid1.command}${pid1.isFoster ? ' (this is foster)' : ''}`,
    `supervisor: ${supervisor(report)}`,
    '',
    'Sources of process events, the best first:',
    ...sources(report),
    '',
    'Kernel:',
    mark(report.subreaper, 'subreaper'),
    ...Object.entries<boolean>({ ...report.pidfd }).map(([name, works]) => line(works, `pidfd ${name}`)),
    line(seccomp.mode !== 'strict', `seccomp: ${seccomp.mode ?? 'not in this kernel'}`),
    line(
      !seccomp.noNewPrivileges,
      seccomp.noNewPrivileges ? 'no new privileges: setuid programs do not work' : 'setuid programs work',
    ),
    '',
    `Control groups: ${report.cgroups.layout}`,
    ...cgroups(report),
    '',
    `Capabilities: ${report.capabilities.effective.length === 0 ? 'none' : `${report.capabilities.effective.length}`}`,
    ...missingCapabilities(report),
    '',
    `Namespaces of our own: ${listed(namespaces.filter(({ initial }) => initial === false).map(({ kind }) => kind))}`,
    `Limits: ${limits.map(({ limit, soft, hard }) => `${limit.replace(/^Max /, '')} ${soft}/${hard}`).join(', ')}`,
    `Run directory: ${runDirectory.path}`,
    mark(runDirectory.usable, 'can be used'),
  ];
}

function supervisor({ supervisor: found }: DoctorReport): string {
  return found.running
    ? `process ${found.pid}, version ${found.version}, tracker ${found.tracker}`
    : `none (${found.reason})`;
}

function sources({ sources: tests }: DoctorReport): readonly string[] {
  return tests.flatMap(({ name, test }) =>
    test.works
      ? [line(true, `${name}: ${test.detail}`)]
      : [line(false, `${name}: ${test.reason}`), `       what would help: ${test.remedy}`],
  );
}

/** Returns the lines on cgroup hierarchies; those with the same text share a line. */
function cgroups({ cgroups: { hierarchies } }: DoctorReport): readonly string[] {
  const lines = new Map<
    string,
    { readonly works: boolean; readonly text: string; readonly names: string[] }
  >();
  for (const { version, controllers, own, delegated, kill } of hierarchies) {
    const name =
      version === 2 ? `version 2${kill === true ? ' (with cgroup.kill)' : ''}` : controllers.join(',');
    const text = delegated.works ? delegated.detail : withoutPaths(delegated.reason);
    const key = `${delegated.works} ${text}`;
    const found = lines.get(key) ?? { works: delegated.works, text, names: [] };
    found.names.push(delegated.works ? `${name} at ${own}` : name);
    lines.set(key, found);
  }
  return [...lines.values()].flatMap(({ works, text, names }) =>
    works
      ? names.map((name) => line(true, `${name}: ${text}`))
      : [line(false, `${names.join(', ')}: ${text}`)],
  );
}

/** Shortens `EACCES: permission denied, mkdir '/sys/...'`: the name of the hierarchy implies the path. */
function withoutPaths(reason: string): string {
  return reason.replace(/, (mkdir) '[^']*'$/, ' ($1)');
}

/** Returns the missing capabilities of root; an ordinary user has none by definition. */
function missingCapabilities({ user, capabilities }: DoctorReport): readonly string[] {
  const { effective, missing } = capabilities;
  if (user.uid !== 0 && effective.length === 0)
    return [
      line(true, 'an ordinary user: jobs run as this user, without setuid, chroot and higher priorities'),
    ];
  return missing.map(({ name, without }) => line(false, `CAP_${name}: ${without}`));
}

function mark(finding: Finding, what: string): string {
  return line(finding.works, `${what}: ${finding.works ? finding.detail : finding.reason}`);
}

function line(works: boolean, text: string): string {
  return `  ${works ? 'yes' : 'no '}  ${text}`;
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}
