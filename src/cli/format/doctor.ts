/** `foster doctor` for people. */
import type { DoctorReport, Finding } from '../../supervisor/doctor/report.js';

/** @returns lines */
export function doctorText(report: DoctorReport): readonly string[] {
  const { user, pid1, namespaces, limits, runDirectory, seccomp } = report;
  return [
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
    ...report.capabilities.missing.map(({ name, without }) => line(false, `CAP_${name}: ${without}`)),
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

function cgroups({ cgroups: { hierarchies } }: DoctorReport): readonly string[] {
  return hierarchies.map(({ version, controllers, own, delegated, kill }) => {
    const what = version === 2 ? 'version 2' : controllers.join(',');
    const more = kill === true ? ', with cgroup.kill' : '';
    return mark(delegated, `${what} at ${own}${more}`);
  });
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
