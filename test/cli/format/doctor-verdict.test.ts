import t from 'tap';
import { doctorText } from '../../../src/cli/format/doctor.js';
import { doctorVerdict } from '../../../src/cli/format/doctor-verdict.js';
import type { DoctorReport } from '../../../src/supervisor/doctor/report.js';

const works = { works: true, detail: 'fine' } as const;
const refused = (where: string) =>
  ({ works: false, reason: `EACCES: permission denied, mkdir '${where}/foster-doctor-9'` }) as const;

const WELL: DoctorReport = {
  version: '0.1.0',
  node: 'v20.0.0',
  kernel: '6.18.0',
  user: { uid: 0, gid: 0, name: 'root' },
  pid1: { command: 'foster init', isFoster: true },
  supervisor: { running: true, version: '0.1.0', pid: 1, tracker: 'connector' },
  sources: [
    { name: 'connector', test: works },
    { name: 'procfs', test: works },
  ],
  subreaper: works,
  pidfd: { open: true, signal: true, group: true, info: true },
  cgroups: {
    layout: 'hybrid',
    hierarchies: ['cpu', 'memory', 'pids'].map((name) => ({
      version: 1 as const,
      controllers: [name],
      own: `/sys/fs/cgroup/${name}`,
      delegated: works,
      kill: null,
    })),
  },
  seccomp: { mode: 'none', noNewPrivileges: false },
  capabilities: { effective: ['KILL'], missing: [] },
  namespaces: [],
  limits: [],
  runDirectory: { path: '/run/foster', usable: works },
};

const ORDINARY: DoctorReport = {
  ...WELL,
  user: { uid: 1000, gid: 1000, name: 'alice' },
  supervisor: { running: false, reason: 'no supervisor listens at /run/user/1000/foster/foster.sock' },
  cgroups: {
    ...WELL.cgroups,
    hierarchies: WELL.cgroups.hierarchies.map((one) => ({ ...one, delegated: refused(one.own) })),
  },
  capabilities: {
    effective: [],
    missing: [
      { name: 'KILL', without: 'jobs of other users cannot be signalled' },
      { name: 'SETUID', without: 'setuid does not work' },
    ],
  },
};

t.test('the verdict comes first', (t) => {
  t.same(doctorVerdict(WELL), [
    'all well: daemons are followed by connector, and jobs have control groups; a supervisor runs (process 1)',
  ]);
  t.equal(doctorText(WELL)[0], doctorVerdict(WELL)[0]);
  t.end();
});

t.test('what does not work is said with what to do', (t) => {
  const remedy = 'run it with the network namespace of the host';
  const container: DoctorReport = {
    ...WELL,
    sources: [
      { name: 'connector', test: { works: false, reason: 'it is silent', remedy } },
      WELL.sources[1]!,
    ],
    seccomp: { mode: 'filter', noNewPrivileges: true },
    capabilities: { effective: [], missing: ORDINARY.capabilities.missing },
  };
  const [first, ...others] = doctorVerdict(container);
  t.equal(
    first,
    'foster works here, with limits: daemons are followed by procfs; a supervisor runs (process 1)',
  );
  t.same(others.slice(0, 2), ['  - connector does not work: it is silent', `    ${remedy}`]);
  t.match(others.join('\n'), /no new privileges[^]*--cap-add KILL --cap-add SETUID/);

  const usable = { works: false, reason: 'it is another user’s' } as const;
  t.match(doctorVerdict({ ...WELL, runDirectory: { path: '/run/foster', usable } }), [
    /^foster does not work here: one thing is missing/,
    /run directory \/run\/foster cannot be used: it is another/,
    /--rundir/,
  ]);
  t.end();
});

t.test('an ordinary user is not told ten times that it is none', (t) => {
  const lines = doctorText(ORDINARY);
  t.match(lines[0], /^foster works here, with limits: .*; no supervisor runs \(foster init starts one\)$/);
  t.equal(lines.filter((line) => line.includes('EACCES')).length, 1);
  t.ok(lines.includes('  no   cpu, memory, pids: EACCES: permission denied (mkdir)'));
  t.equal(lines.filter((line) => line.includes('CAP_')).length, 0);
  t.end();
});
