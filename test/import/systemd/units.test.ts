/** Units as jobs: what each setting becomes. */
import { test } from 'tap';
import { imported, verdicts } from '../imported.js';

/** The lines of the job that a [Service] makes, without those of every job. */
function serviceLines(service: string, unit = ''): readonly string[] {
  const { jobs } = imported(
    { '/u/x.service': `[Unit]\n${unit}\n[Service]\nExecStart=/bin/x\n${service}\n` },
    ['/u/x.service'],
  );
  const usual = ['exec = /bin/x', 'kill timeout = 90', 'kill mode = lineage'];
  return jobs['x']!.filter((line) => !usual.includes(line));
}

test('settings of a service and the lines that they become', (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['User=www\nGroup=web', ['setuid = www', 'setgid = web']],
    [
      'WorkingDirectory=/srv\nUMask=0027\nNice=5\nOOMScoreAdjust=-500',
      ['umask = 0027', 'nice = 5', 'oom score = -500', 'chdir = /srv'],
    ],
    ['Environment=A=1 "B=c d" \'E=f=g\'', ['[env]', 'A = 1', 'B = c d', 'E = f=g']],
    ['Environment=A=1\nEnvironment=\nEnvironment=B=2', ['[env]', 'B = 2']],
    ['EnvironmentFile=-/etc/default/x', ['env file = -/etc/default/x']],
    ['Type=notify\nWatchdogSec=10', ['ready = notify', 'watchdog = 10']],
    ['Type=forking\nPIDFile=/run/x.pid', ['ready = daemonised', 'pid file = /run/x.pid']],
    ['Type=oneshot', ['task = true']],
    ['Restart=always\nRestartSec=5', ['respawn = true', 'respawn limit = 4 10', 'respawn delay = 5 5 5']],
    [
      'Restart=on-failure\nRestartSec=0\nSuccessExitStatus=143 SIGUSR1\nRestartPreventExitStatus=255',
      [
        'respawn = true',
        'respawn limit = 4 10',
        'respawn delay = none',
        'normal exit = 0 HUP INT TERM PIPE 143 USR1 255',
      ],
    ],
    [
      'Restart=always\nStartLimitInterval=0',
      ['respawn = true', 'respawn limit = unlimited', 'respawn delay = 0.1 0.1 0.1'],
    ],
    [
      'KillSignal=SIGINT\nTimeoutStopSec=2min\nKillMode=process',
      ['kill signal = INT', 'kill timeout = 120', 'kill mode = main'],
    ],
    ['KillSignal=SIGRTMIN+3', ['kill signal = 37']],
    ['ExecReload=/bin/kill -USR1 $MAINPID', ['reload signal = USR1']],
    ['ExecStop=/bin/kill -QUIT $MAINPID', ['kill signal = QUIT']],
    [
      'LimitNOFILE=1024:4096\nLimitCORE=infinity\nLimitMEMLOCK=64K',
      ['[limit]', 'nofile = 1024 4096', 'core = unlimited unlimited', 'memlock = 65536 65536'],
    ],
    [
      'MemoryMax=1G\nCPUQuota=20%\nTasksMax=64',
      ['[cgroup]', 'memory.max = 1G', 'cpu.max = 20%', 'pids.max = 64'],
    ],
    ['StandardOutput=append:/var/log/x.log\nStandardError=null', ['log file = /var/log/x.log']],
    ['StandardOutput=null', ['console = none']],
    ['RuntimeDirectory=a b\nRuntimeDirectoryMode=750', ['runtime dir[] = a 0750', 'runtime dir[] = b 0750']],
    [
      'ExecStartPre=-/bin/a\nExecStartPre=/bin/b c',
      ['[pre-start]', 'script[] = /bin/a || true', 'script[] = /bin/b c'],
    ],
    ['ExecStopPost=/bin/a', ['post-stop exec = /bin/a']],
    ['PrivateTmp=yes\nProtectSystem=strict', []],
  ];
  for (const [service, expected] of cases)
    t.same([...serviceLines(service)].sort(), [...expected].sort(), service.replaceAll('\n', ' | '));
  t.end();
});

test('a oneshot that remains is a job without main', (t) => {
  const { jobs } = imported(
    {
      '/u/x.service':
        '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/up\nExecStop=/bin/down\nTimeoutStartSec=infinity\n[Install]\nWantedBy=multi-user.target\n',
    },
    ['/u/x.service'],
  );
  t.ok(jobs['x']!.includes('timeout = pre-start 31536000'));
  t.notOk(jobs['x']!.some((line) => line.startsWith('exec') || line.startsWith('task')));
  t.ok(jobs['x']!.includes('pre-start exec = /bin/up'));
  t.ok(jobs['x']!.includes('pre-stop exec = /bin/down'));
  t.end();
});

test('conditions and assertions are tests before the start', (t) => {
  const lines = serviceLines(
    '',
    'ConditionPathExists=!/etc/no\nAssertPathIsDirectory=/srv\nConditionPathExists=|/a\nConditionPathExists=|/b',
  ).join('\n');
  t.match(lines, /! \[ -e \/etc\/no \] \|\| \{/);
  t.match(lines, /\[ -d \/srv \] \|\| \{/);
  t.match(lines, /\{ \[ -e \/a \] \|\| \[ -e \/b \]; \} \|\| \{/);
  t.end();
});

test('sandboxing is named as such, with what could stand in', (t) => {
  const { findings, texts } = imported(
    {
      '/u/x.service':
        '[Service]\nExecStart=/bin/x\nNoNewPrivileges=yes\n# why\nProtectHome=tmpfs\nPrivateDevices=no\nProtectNewThing=yes\n',
    },
    ['/u/x.service'],
  );
  const sandbox = findings.flatMap((finding) =>
    finding.verdict === 'dropped' && finding.sandbox === true ? [finding] : [],
  );
  t.same(
    sandbox.map(({ word }) => word),
    ['NoNewPrivileges', 'ProtectHome', 'ProtectNewThing'],
  );
  t.ok(sandbox.every(({ instead }) => instead !== undefined));
  t.match(texts['x'], /^; Not carried over:\n.*NoNewPrivileges=yes.*\n; why\n;   ProtectHome=tmpfs/m);
  t.end();
});

test('a dynamic user is never root', (t) => {
  t.ok(serviceLines('DynamicUser=yes').includes('setuid = x'));
  t.ok(serviceLines('DynamicUser=yes\nUser=web').includes('setuid = web'));
  t.end();
});

test('hooks with more rights: main alone gives them up', (t) => {
  const lines = serviceLines('User=www\nExecStartPre=+/bin/prepare');
  t.ok(lines.includes('pre-start exec = /bin/prepare'));
  t.ok(
    lines.some((line) =>
      line.includes('exec setpriv --regid="$(id -g www)" --reuid=www --init-groups -- /bin/x'),
    ),
    lines.join('\n'),
  );
  t.notOk(lines.some((line) => line.startsWith('setuid')));
  t.end();
});

test('templates: the instance is a variable; a file for an instance has its value', (t) => {
  const files = {
    '/u/db@.service':
      '[Unit]\nDescription=Db %i\n[Service]\nUser=%i\nEnvironment=D=/srv/%i\nEnvironmentFile=/etc/db-%i\nExecStart=/bin/db %I --unit=%n\n[Install]\nWantedBy=multi-user.target\nDefaultInstance=main\n',
    '/u/db@x-y.service.d/a.conf': '[Service]\nNice=3\n',
  };
  const { jobs } = imported(files, ['/u/db@.service']);
  for (const line of [
    'instance = $I',
    'env file = /etc/db-${I}',
    'I = main',
    'start on = startup',
    'script[] = export D="/srv/${I}"',
  ])
    t.ok(jobs['db']!.includes(line), line);
  t.ok(
    jobs['db']!.some(
      (line) => line.includes('--reuid="${I}"') && line.includes('/bin/db "${I}" "--unit=db@${I}.service"'),
    ),
  );
  const one = imported(files, ['/u/db@x-y.service']).jobs['db@x-y']!;
  for (const line of ['setuid = x-y', 'D = /srv/x-y', 'exec = /bin/db x/y --unit=db@x-y.service', 'nice = 3'])
    t.ok(one.includes(line), line);
  t.end();
});

test('drop-ins: in their order, an empty value takes back', (t) => {
  const files = {
    '/u/a-b.service': '[Service]\nExecStart=/bin/old\nNice=1\n',
    '/u/a-b.service.d/20.conf': '[Service]\nNice=3\n',
    '/u/a-b.service.d/10.conf': '[Service]\nExecStart=\nExecStart=/bin/new\nNice=2\n',
    '/u/a-.service.d/05.conf': '[Service]\nUMask=077\n',
    '/u/service.d/01.conf': '[Service]\nUMask=027\nUser=all\n',
    '/u/gone.service.d/x.conf': '[Service]\nNice=3\n',
  };
  const { jobs, result } = imported(files, ['/u']);
  for (const line of ['exec = /bin/new', 'nice = 3', 'umask = 0077', 'setuid = all'])
    t.ok(jobs['a-b']!.includes(line), line);
  t.same(
    result.problems.map(({ message }) => message),
    ['has drop-ins for gone.service, which does not exist'],
  );
  t.end();
});

test('sockets, timers and paths belong to the job of their service', (t) => {
  const unit = (name: string) => ({ [`/u/${name}.service`]: `[Service]\nExecStart=/bin/${name}\n` });
  const files = {
    ...unit('s'),
    ...unit('t'),
    ...unit('p'),
    '/u/s.socket':
      '[Socket]\nListenStream=8080\nListenStream=/run/s.sock\nListenStream=[::1]:90\nListenDatagram=53\n[Install]\nWantedBy=sockets.target\n',
    '/u/t.timer':
      '[Timer]\nOnCalendar=daily\nOnCalendar=Mon 12:00\nOnBootSec=5min\nPersistent=true\nRandomizedDelaySec=1h\n',
    '/u/p.path': '[Path]\nPathModified=/etc/p.conf\n',
  };
  const { jobs, findings } = imported(files, ['/u/s.service', '/u/t.timer', '/u/p.path']);
  t.ok(
    jobs['s']!.includes(
      'start on = socket PROTO=inet PORT=8080 or socket PROTO=unix SOCKET_PATH=/run/s.sock or socket PROTO=inet6 PORT=90 ADDR=::1',
    ),
  );
  t.ok(jobs['t']!.includes('schedule = 0 0 * * *'));
  t.ok(jobs['t']!.includes('start on = startup'));
  t.same(
    jobs['t-timer-2']!.filter((line) => /^(?:schedule|exec|task)/.test(line)),
    [
      'schedule = 0 12 * * mon',
      'schedule persistent = true',
      'task = true',
      'exec = foster start --no-wait t',
    ],
  );
  t.ok(jobs['p']!.includes('start on = file FILE=/etc/p.conf EVENT=modify'));
  for (const word of [
    'ListenDatagram: dropped',
    'Persistent: kept',
    'RandomizedDelaySec: dropped',
    'OnBootSec: approximated',
  ])
    t.ok(verdicts(findings).includes(word), word);
  t.end();
});

test('relations between units of one import', (t) => {
  const files = {
    '/u/a.service':
      '[Unit]\nRequires=b.service\nAfter=b.service network.target else.service\nWants=c.service\nOnFailure=d.service\nBefore=e.service\nConflicts=f.service shutdown.target\n[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target g.service\n',
    ...Object.fromEntries(
      ['b', 'c', 'd', 'e', 'f', 'g'].map((name) => [
        `/u/${name}.service`,
        `[Service]\nExecStart=/bin/${name}\n`,
      ]),
    ),
  };
  const { jobs, findings } = imported(files, ['/u']);
  for (const line of [
    'requires = b',
    'after = b',
    'start on = startup or starting g',
    'stop on = starting f',
  ])
    t.ok(jobs['a']!.includes(line), line);
  t.ok(jobs['c']!.includes('start on = starting a'));
  t.ok(jobs['d']!.includes('start on = stopped a RESULT=failed'));
  t.ok(jobs['e']!.includes('after = a'));
  t.ok(jobs['f']!.includes('stop on = starting a'));
  const lost = findings.filter(({ verdict, value }) => verdict === 'dropped' && value === 'else.service');
  t.equal(lost.length, 1, 'what is not imported is named');
  t.end();
});

test('a reload that is a command is a job of its own', (t) => {
  const { jobs } = imported(
    { '/u/x.service': '[Service]\nExecStart=/bin/x\nUser=www\nExecReload=/bin/x reload --force\n' },
    ['/u/x.service'],
  );
  t.same(
    jobs['x-reload']!.filter((line) => !line.startsWith('description')),
    ['task = true', 'exec = /bin/x reload --force', 'setuid = www'],
  );
  t.end();
});

test('comments stand before what their setting has become', (t) => {
  const { texts } = imported(
    {
      '/u/x.service':
        '# About x\n\n[Service]\n# many files\nLimitNOFILE=9\n# runs as\nUser=www\nExecStart=/bin/x\n',
    },
    ['/u/x.service'],
  );
  t.match(texts['x'], /^; Written by foster import from \/u\/x\.service\.\n; About x\n/);
  t.match(texts['x'], /; many files\nnofile = 9 9/);
  t.match(texts['x'], /; runs as\nsetuid = www/);
  t.end();
});

test('a unit that is disabled on this machine does not start at boot', (t) => {
  const install = '[Install]\nWantedBy=multi-user.target\n';
  const unit = `[Service]\nExecStart=/bin/x\n${install}`;
  const files = {
    '/usr/lib/systemd/system/off.service': unit,
    '/usr/lib/systemd/system/off.socket': `[Socket]\nListenStream=80\n${install}`,
    '/usr/lib/systemd/system/on.service': unit,
    '/etc/systemd/system/multi-user.target.wants/on.service': unit,
    '/usr/lib/systemd/system/alias.service': `${unit}Alias=other.service\n`,
    '/etc/systemd/system/other.service': unit,
    '/srv/elsewhere.service': unit,
  };
  const { jobs, findings } = imported(files, [
    ...['off', 'on', 'alias'].map((name) => `/usr/lib/systemd/system/${name}.service`),
    '/srv/elsewhere.service',
  ]);
  const starting = Object.keys(jobs).filter((name) => jobs[name]!.includes('start on = startup'));
  t.same(starting.sort(), ['alias', 'elsewhere', 'on']);
  t.notOk(jobs['off']!.some((line) => line.startsWith('start on')));
  t.same(
    verdicts(findings.filter(({ job }) => job === 'off'))
      .slice(-2)
      .sort(),
    ['WantedBy: approximated', 'off.socket: approximated'],
  );
  t.end();
});
