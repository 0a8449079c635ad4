/**
 * Job files of the shapes that an Ubuntu 14.04 machine's /etc/init had, for a boot of many daemons at once. All of them write
 * `JOB PID` to a file of marks when they are up, by which a test knows the truth.
 */

/** How a program puts itself in the background, as a shell does it, and what its job says of it. */
const DAEMONS = {
  foreground: { expect: '', start: 'exec sh "$W"' },
  fork: { expect: 'expect fork', start: 'setsid sh "$W" & exit 0' },
  daemon: { expect: 'expect daemon', start: '(setsid sh "$W" & exit 0) & wait; exit 0' },
  'slow daemon': { expect: 'expect daemon', start: '(sleep 0.2; setsid sh "$W" & exit 0) & wait; exit 0' },
  'wrong count': { expect: 'expect fork', start: '(true); (setsid sh "$W" & exit 0) & wait; exit 0' },
  'helper first': { expect: 'expect fork', start: 'true & setsid sh "$W" & exit 0' },
  'in the same session': { expect: 'expect fork', start: 'sh "$W" & exit 0' },
} as const;

/** The events of a boot, in the order in which an Ubuntu machine had them. */
export const BOOT_EVENTS: readonly (readonly [string, ...string[]])[] = [
  ['virtual-filesystems'],
  ['local-filesystems'],
  ['remote-filesystems'],
  ['filesystem'],
  ['static-network-up'],
  ['net-device-up', 'IFACE=lo'],
  ['runlevel', 'RUNLEVEL=2', 'PREVLEVEL=N'],
];

const STARTS = [
  'filesystem',
  'runlevel [2345]',
  'local-filesystems and net-device-up IFACE!=eth0',
  '(virtual-filesystems and static-network-up)',
  'started filesystem-0',
];

/** What the daemon itself is: a shell with two workers, one of which has another program. */
const WORKER = [
  'echo "$UPSTART_JOB $$" >>"$MARKS"',
  'sleep 100000 &',
  '(while :; do wait; sleep 100000; done) &',
  'wait',
];

/** @param rounds how often each shape occurs for each of the conditions */
export function bootJobs(
  marks: string,
  rounds: number,
): { readonly files: Record<string, string>; readonly daemons: readonly string[] } {
  const files: Record<string, string> = {};
  const daemons: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [at, shape] of Object.values(DAEMONS).entries()) {
      const condition = STARTS[(at + round) % STARTS.length]!;
      // another job waits for the first of all
      const name = daemons.length === 0 ? 'filesystem-0' : `daemon-${daemons.length}`;
      daemons.push(name);
      files[`${name}.conf`] = jobFile(
        marks,
        daemons.length === 1 ? 'filesystem' : condition,
        shape,
        daemons.length,
      );
    }
  }
  // as `{ stop; exit 0; }` of Ubuntu's files: not configured, so it stops itself in its pre-start
  for (let left = rounds; left > 0; left--)
    files[`absent-${left}.conf`] =
      `start on filesystem\nexpect fork\nrespawn\npre-start script\n  [ -e /nonexistent ] || { stop; exit 0; }\nend script\nexec /bin/true\n`;
  files['rc.conf'] = 'start on runlevel [0123456]\nstop on runlevel [!$RUNLEVEL]\ntask\nexec sleep 0.1\n';
  files['wait-for-state.conf'] = 'instance $WAITER\nstop on started $JOB\ntask\nexec sleep 0.1\n';
  return { files, daemons };
}

function jobFile(
  marks: string,
  condition: string,
  { expect, start }: (typeof DAEMONS)[keyof typeof DAEMONS],
  number: number,
): string {
  const hook = [
    '',
    'pre-start exec true\n',
    'pre-start script\n  sleep 0.05\n  [ -d / ]\nend script\n',
    'post-start exec sleep 0.02\n',
  ];
  return [
    `start on ${condition}`,
    'stop on runlevel [!2345]',
    expect,
    number % 3 === 0 ? '' : 'respawn',
    `env MARKS=${marks}`,
    `env W=${marks}.sh`,
    hook[number % hook.length]!.trimEnd(),
    'script',
    `  ${start}`,
    'end script',
    '',
  ]
    .filter((line, index, all) => line !== '' || index === all.length - 1)
    .join('\n');
}

export const workerScript = `${WORKER.join('\n')}\n`;
