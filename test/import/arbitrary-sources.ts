/**
 * Random definitions of each kind that foster imports, made of the words of that kind so that they get far into the readers; also
 * for `npm run fuzz`.
 */
import fc from 'fast-check';
import type { Kind } from '../../src/import/model.js';
import type { Files } from './imported.js';

const ODD = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    '"',
    "'",
    '\\',
    '$X',
    '${X}',
    '%i',
    '%(ENV_X)s',
    '%',
    '# x',
    '; y',
    'a\n end script\nb',
    '\0',
    'ü',
    '-',
    '1',
    '0',
    '-1',
    '99999999999999999999',
    'infinity',
    '../..',
    '/',
    '*',
    '[',
    '{a: 1}',
    'x y',
    '5min',
    'true',
  ),
);
const words = (...list: readonly string[]) => fc.constantFrom(...list.flatMap((line) => line.split(' ')));

const section = (name: string, settings: readonly (readonly [string, string])[]): string =>
  `[${name}]\n${settings.map(([key, value]) => `${key}=${value}\n`).join('')}`;

const unitText = fc
  .array(
    fc.tuple(
      words(
        'ExecStart ExecStartPre ExecStop ExecReload ExecStopPost ExecCondition Type Restart RestartSec User Group DynamicUser Environment EnvironmentFile UnsetEnvironment',
        'WorkingDirectory TimeoutSec TimeoutStartSec KillMode KillSignal SuccessExitStatus LimitNOFILE LimitNICE MemoryMax IOWeight CPUQuota RuntimeDirectory StateDirectory StateDirectoryMode',
        'StandardOutput StandardError PIDFile WatchdogSec Nice UMask OOMScoreAdjust PrivateTmp RemainAfterExit StartLimitBurst AppArmorProfile SupplementaryGroups PassEnvironment Unknown',
      ),
      fc.oneof(
        ODD,
        fc.constantFrom(
          '/bin/x a',
          '-/bin/y $A ${B} "c d"',
          'oneshot',
          'notify',
          'forking',
          'always',
          'on-failure',
          'A=1 "B=c d"',
          '/bin/kill -HUP $MAINPID',
          'www',
          'yes',
        ),
      ),
    ),
    { maxLength: 14 },
  )
  .map((settings) => section('Service', settings));
const unitHead = fc
  .array(
    fc.tuple(
      words(
        'Description Requires After Wants PartOf OnFailure Conflicts Before ConditionPathExists AssertUser ConditionHost Documentation StartLimitIntervalSec',
      ),
      fc.oneof(ODD, fc.constantFrom('y.service', 'x.service', 'z@a.service', 'network.target', '|!/a')),
    ),
    { maxLength: 6 },
  )
  .map((settings) => section('Unit', settings));
const timer = fc
  .array(
    fc.tuple(
      words('OnCalendar OnUnitActiveSec OnBootSec Persistent Unit'),
      fc.oneof(ODD, fc.constantFrom('daily', 'Mon..Fri 4:00', '15min')),
    ),
    { maxLength: 4 },
  )
  .map((settings) => section('Timer', settings));
const socket = fc
  .array(
    fc.tuple(
      words('ListenStream SocketMode Accept ListenFIFO'),
      fc.oneof(ODD, fc.constantFrom('80', '/run/x', '@a', '[::]:5', '1.2.3.4:99999')),
    ),
    { maxLength: 4 },
  )
  .map((settings) => section('Socket', settings));

const program = fc
  .array(
    fc.tuple(
      words(
        'command user directory environment numprocs process_name autostart autorestart exitcodes startsecs startretries stopsignal stopwaitsecs stdout_logfile stderr_logfile stdout_logfile_maxbytes redirect_stderr priority umask socket dependent_startup_wait_for odd',
      ),
      fc.oneof(
        ODD.map((text) => text.replaceAll('\n', '\n  ')),
        fc.constantFrom(
          '/bin/x "a b"',
          'A="1",B=%(ENV_X)s',
          '%(program_name)s_%(process_num)02d',
          '3',
          'TERM',
          '/var/log/x',
        ),
      ),
    ),
    { maxLength: 12 },
  )
  .map((settings) => `${section('program:x', settings)}[group:g]\nprograms=x\n`);

const app = fc.dictionary(
  words(
    'name script cmd args cwd instances exec_mode interpreter node_args env env_x watch max_memory_restart min_uptime max_restarts restart_delay autorestart cron_restart kill_timeout out_file error_file uid gid stop_exit_codes namespace increment_var listen_timeout odd',
  ),
  fc.oneof(
    ODD,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(ODD, { maxLength: 3 }),
    fc.dictionary(ODD, ODD, { maxKeys: 3 }),
    fc.constantFrom('x.js', 'max', 'cluster', '160M', '0 3 * * *'),
  ),
);
const service = fc.dictionary(
  words(
    'command entrypoint environment env_file depends_on healthcheck restart user working_dir stop_signal stop_grace_period ulimits image ports deploy mem_limit cpus pids_limit cpu_shares tty profiles extends scale odd',
  ),
  fc.oneof(
    ODD,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(ODD, { maxLength: 3 }),
    fc.dictionary(ODD, fc.oneof(ODD, fc.integer(), fc.dictionary(ODD, ODD, { maxKeys: 2 })), { maxKeys: 3 }),
    fc.constantFrom('x', 'always', 'on-failure:3', '1m30s', '512m'),
  ),
);
const scripts: fc.Arbitrary<Partial<Record<string, string>>> = fc.record(
  {
    run: ODD,
    finish: ODD,
    'notification-fd': ODD,
    'timeout-kill': ODD,
    'down-signal': ODD,
    'timeout-finish': ODD,
    type: fc.constantFrom('longrun', 'oneshot', 'bundle', 'x'),
    up: ODD,
    dependencies: ODD,
    'timeout-up': ODD,
  },
  { requiredKeys: [] },
);

export interface ArbitrarySource {
  readonly kind: Kind;
  readonly files: fc.Arbitrary<Files>;
  /** what is imported */
  readonly path: string;
}

const units = fc.tuple(unitHead, unitText, unitText, timer, socket, fc.string({ unit: 'binary' }));

export const SOURCES: readonly ArbitrarySource[] = [
  {
    kind: 'systemd',
    files: units.map(([head, one, other, times, sockets, raw]) => ({
      '/u/x.service': `${head}\n${one}\n[Install]\nWantedBy=multi-user.target\n`,
      '/u/z@.service': `${head}${other}`,
      '/u/y.service': raw,
      '/u/x.timer': times,
      '/u/x.socket': sockets,
    })),
    path: '/u',
  },
  {
    kind: 'supervisord',
    files: fc.oneof(program, fc.string({ unit: 'binary' })).map((text) => ({ '/s/x.conf': text })),
    path: '/s/x.conf',
  },
  {
    kind: 'procfile',
    files: fc.tuple(fc.array(fc.tuple(ODD, ODD)), fc.array(fc.tuple(ODD, ODD))).map(([one, two]) => ({
      '/p/Procfile': one.map(([a, b]) => `a${a}: ${b}\n`).join(''),
      '/p/.env': two.map(([a, b]) => `A${a}=${b}\n`).join(''),
    })),
    path: '/p/Procfile',
  },
  {
    kind: 'pm2',
    files: fc.array(app, { maxLength: 3 }).map((apps) => ({ '/p/x.json': JSON.stringify({ apps }) })),
    path: '/p/x.json',
  },
  {
    kind: 'compose',
    files: fc
      .dictionary(ODD, service, { maxKeys: 3 })
      .map((services) => ({ '/c/x.yml': JSON.stringify({ services }), '/c/x': 'A=1\n' })),
    path: '/c/x.yml',
  },
  {
    kind: 's6',
    files: scripts.map((files): Files => ({
      '/d/a b/other': '',
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`/d/a b/${name}`, text ?? ''])),
    })),
    path: '/d/a b',
  },
];
