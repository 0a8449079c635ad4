/** Configurations of supervisord as jobs. */
import { test } from 'tap';
import { parseEnvironment } from '../../../src/import/supervisord/environment.js';
import { expandPercent } from '../../../src/import/supervisord/expand.js';
import { parseSupervisord } from '../../../src/import/supervisord/ini.js';
import { imported, verdicts } from '../imported.js';

test('the syntax is that of configparser', (t) => {
  const { sections, errors } = parseSupervisord(
    'x',
    '; top\n[program:a] ; note\r\ncommand = x y ; inline\r\n  z\nUser: me\n;[program:b]\nnonsense\n',
  );
  t.same(
    sections.map(({ name, options }) => [
      name,
      options.map(({ key, value, comments }) => [key, value, comments]),
    ]),
    [
      [
        'program:a',
        [
          ['command', 'x y\nz', ['inline']],
          ['user', 'me', []],
        ],
      ],
    ],
  );
  t.same(
    errors.map(({ line }) => line),
    [7],
  );
  t.end();
});

test('environment', (t) => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[] | undefined])[] = [
    [
      'A="1",B=2',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    [
      "A='x,y z',\n  B=/a/b:c",
      [
        ['A', 'x,y z'],
        ['B', '/a/b:c'],
      ],
    ],
    ['A="http://x/?a=b&c=d",', [['A', 'http://x/?a=b&c=d']]],
    ['A=\'x "y"\'', [['A', 'x "y']]],
    ['A="1', undefined],
    ['A 1', undefined],
  ];
  for (const [text, expected] of cases) {
    const parsed = parseEnvironment(text);
    t.same(parsed.ok ? parsed.variables : undefined, expected, text);
  }
  t.end();
});

test('%(NAME)s', (t) => {
  const variables = { program_name: 'w', process_num: 7 };
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['%(program_name)s_%(process_num)02d', 'w_07'],
    ['100%%', '100%'],
    ['%(process_num)d', '7'],
    ['%(nothing)s', undefined],
    ['50%', undefined],
  ];
  for (const [text, expected] of cases) {
    const expanded = expandPercent(text, variables);
    t.same(
      expanded.ok ? expanded.pieces : undefined,
      expected === undefined ? undefined : [{ text: expected }],
      text,
    );
  }
  t.same(expandPercent('a-%(ENV_X)s', {}), {
    ok: true,
    pieces: [{ text: 'a-' }, { code: '${X}' }],
    environment: ['X'],
  });
  t.end();
});

/** The lines of a program with these options, without those of every job. */
function programLines(options: string): readonly string[] {
  const { jobs } = imported({ '/s/supervisord.conf': `[program:x]\ncommand=/bin/x\n${options}\n` }, [
    '/s/supervisord.conf',
  ]);
  const usual = [
    'start on = startup',
    'env inherit = true',
    'exec = /bin/x',
    'kill timeout = 10',
    'respawn = true',
    'respawn limit = 3 10',
    'respawn delay = 1 3 1',
    'normal exit = 0',
  ];
  return jobs['x']!.filter((line) => !usual.includes(line));
}

test('options of a program and the lines that they become', (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['user=www\ndirectory=/srv\numask=027', ['setuid = www', 'chdir = /srv', 'umask = 0027']],
    ['stopsignal=QUIT\nstopwaitsecs=60', ['kill signal = QUIT', 'kill timeout = 60']],
    ['autorestart=true\nstartretries=5', ['respawn limit = 5 21', 'respawn delay = 1 5 1']],
    ['autorestart=unexpected\nexitcodes=0,2', ['normal exit = 0 2']],
    ['startsecs=0', ['ready = exec']],
    ['environment=A="1",B="x y"', ['[env]', 'A = 1', 'B = x y']],
    [
      'stdout_logfile=/var/log/x.log\nstdout_logfile_maxbytes=1MB\nstdout_logfile_backups=2\nredirect_stderr=true',
      ['log file = /var/log/x.log', 'log size = 1048576', 'log count = 2'],
    ],
    ['stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0', ['console = output']],
    ['stdout_logfile=NONE\nstderr_logfile=NONE', ['console = none']],
    [
      'stdout_logfile=/var/log/x.out\nstderr_logfile=/var/log/x.err',
      ['log file = /var/log/x.out', 'log split = true'],
    ],
    ['directory=%(ENV_HOME)s/x', ['script[] = cd "${HOME}/x"', 'script[] = exec /bin/x']],
  ];
  for (const [options, expected] of cases)
    t.same([...programLines(options)].sort(), [...expected].sort(), options.replaceAll('\n', ' | '));
  t.end();
});

test('a command is words, not a line of the shell', (t) => {
  const { jobs } = imported(
    {
      '/s/supervisord.conf':
        '[program:x]\ncommand=/bin/sh -c "a && b; c" $HOME && %(ENV_OPTS)s "%(ENV_Q)s"\nautostart=false\n',
    },
    ['/s/supervisord.conf'],
  );
  t.ok(
    jobs['x']!.includes("exec = /bin/sh -c 'a && b; c' '$HOME' '&&' \"${OPTS}\" \"${Q}\""),
    jobs['x']!.join('\n'),
  );
  t.notOk(jobs['x']!.some((line) => line.startsWith('start on')));
  t.end();
});

test('numprocs, groups, priorities, includes, shared variables', (t) => {
  const files = {
    '/s/supervisord.conf':
      '[supervisord]\nenvironment=S=1,P=/srv\numask=027\ndirectory=/d\n[include]\nfiles = conf.d/*.conf %(here)s/more.conf /etc/none/*.conf\n',
    '/s/conf.d/a.conf':
      '[program:w]\ncommand=/bin/w %(process_num)d %(ENV_P)s\nprocess_name=%(program_name)s_%(process_num)02d\nnumprocs=2\nnumprocs_start=1\npriority=20\n',
    '/s/conf.d/.hidden.conf': '[program:no]\ncommand=x\n',
    '/s/more.conf':
      '[program:db]\ncommand=/bin/db\npriority=1\n[group:g]\nprograms=w\npriority=50\n[eventlistener:l]\ncommand=/bin/l\nevents=TICK_60\n',
  };
  const { jobs, findings, result } = imported(files, ['/s/supervisord.conf']);
  t.same(Object.keys(jobs), ['g/w', 'db']);
  t.ok(jobs['g/w']!.includes('instances = 2'));
  t.ok(jobs['g/w']!.includes('exec = /bin/w ${INSTANCE} /srv'), jobs['g/w']!.join('\n'));
  for (const line of ['S = 1', 'umask = 0027', 'chdir = /d']) t.ok(jobs['g/w']!.includes(line), line);
  t.ok(jobs['g/w']!.includes('after = db'));
  t.ok(verdicts(findings).includes('[eventlistener:l]: dropped'));
  t.same(
    result.problems.map(({ message }) => message),
    ['includes /etc/none/*.conf, and no file fits'],
  );
  t.end();
});

test('numprocs: a number that is formatted, a log file for each, and what takes a file for each process', (t) => {
  const program =
    '[program:w]\ncommand=/bin/w --name=w%(process_num)03d\nprocess_name=w%(process_num)s\nnumprocs=2\nenvironment=PORT="80%(process_num)02d"\ndirectory=/srv/%(process_num)d\nstdout_logfile=/l/w_%(process_num)02d.log\n';
  const one = imported({ '/s/a.conf': program }, ['/s/a.conf']);
  const { w } = one.jobs;
  for (const line of [
    'instances = 2 0',
    'log file = /l/w.log',
    'script[] = export PORT="80$(printf \'%02d\' "${INSTANCE}")"',
    'script[] = cd "/srv/${INSTANCE}"',
    'script[] = exec /bin/w "--name=w$(printf \'%03d\' "${INSTANCE}")"',
  ])
    t.ok(w!.includes(line), `${line}\n${w!.join('\n')}`);
  t.ok(verdicts(one.findings).includes('stdout_logfile: approximated'));
  const each = imported({ '/s/a.conf': `${program}user=u%(process_num)d\n` }, ['/s/a.conf']);
  t.same(Object.keys(each.jobs), ['w0', 'w1']);
  t.ok(each.jobs['w1']!.includes('setuid = u1'));
  t.end();
});

test('numprocs from the environment; what cannot be known is said', (t) => {
  const files = {
    '/s/supervisord.conf': '[program:w]\ncommand=/bin/w\nnumprocs=%(ENV_N)s\nprocess_name=w%(process_num)s\n',
  };
  const { jobs } = imported(files, ['/s/supervisord.conf'], { environment: { N: '3' } });
  t.ok(jobs['w']?.includes('instances = 3 0'));
  t.match(imported(files, ['/s/supervisord.conf']).result.problems, [
    { message: /numprocs=%\(ENV_N\)s, which is no number/ },
  ]);
  t.end();
});

test('dependent startup, FastCGI, a template', (t) => {
  const files = {
    '/s/supervisord.conf':
      '[program:a]\ncommand=/bin/a\nautostart=false\ndependent_startup=true\n[program:b]\ncommand=/bin/b\nautostart=false\ndependent_startup=true\ndependent_startup_wait_for=a:running\n[fcgi-program:f]\ncommand=/bin/f\nsocket=tcp://localhost:9000\n',
    '/s/t.conf': '[program:x]\n{% if a %}\ncommand=x\n{% endif %}\n',
  };
  const { jobs, result } = imported(files, ['/s/supervisord.conf', '/s/t.conf']);
  t.ok(jobs['a']!.includes('start on = startup'));
  t.ok(jobs['b']!.includes('start on = started a'));
  t.ok(jobs['f']!.includes('exec = /bin/f <&3'));
  t.ok(jobs['f']!.some((line) => line.includes('socket PROTO=inet PORT=9000 ADDR=127.0.0.1')));
  t.match(result.problems, [{ file: '/s/t.conf', message: /template/ }]);
  t.end();
});
