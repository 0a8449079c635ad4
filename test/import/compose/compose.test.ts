/** Compose files as jobs. */
import { test } from 'tap';
import { interpolate } from '../../../src/import/compose/interpolate.js';
import { duration } from '../../../src/import/compose/model.js';
import { imported, verdicts } from '../imported.js';

test('variables of a Compose file', (t) => {
  const lookup = (name: string): string | undefined => ({ A: 'a', E: '' })[name];
  const cases: readonly (readonly [string, string])[] = [
    ['$A-${A}', 'a-a'],
    ['${B:-x}${E:-y}${E-z}', 'xy'],
    ['${A:+set}${B+set}', 'set'],
    ['${B:-${A}-${C:-c}}', 'a-c'],
    ['$$A $${A}', '$A ${A}'],
    ['$B|', '|'],
    ['${A', 'a'],
    ['cost: 5$', 'cost: 5$'],
  ];
  for (const [text, expected] of cases) t.equal(interpolate(text, lookup).text, expected, text);
  t.same(interpolate('${B:?no b}$C', lookup), { text: '', missing: ['C'], refused: ['B: no b'] });
  t.equal(duration('1m30s'), 90);
  t.equal(duration('5x'), undefined);
  t.end();
});

function serviceLines(yaml: string): readonly string[] {
  const text = `services:\n  x:\n    command: [/bin/x]\n${yaml.replace(/^/gm, '    ')}\n`;
  const usual = ['start on = startup', 'exec = /bin/x', 'kill timeout = 10'];
  return imported({ '/c/compose.yml': text }, ['/c/compose.yml']).jobs['x']!.filter(
    (line) => !usual.includes(line),
  );
}

test('settings of a service and the lines that they become', (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['user: "1000:33"\nworking_dir: /app', ['setuid = 1000', 'setgid = 33', 'chdir = /app']],
    ['environment:\n  A: 1\n  B: "x y"', ['[env]', 'A = 1', 'B = x y']],
    ['environment:\n  - A=$$1\n  - HOME', ['[env]', 'A = $1', 'HOME']],
    ['stop_signal: SIGINT\nstop_grace_period: 1m30s', ['kill signal = INT', 'kill timeout = 90']],
    ['restart: always', ['respawn = true', 'respawn limit = unlimited', 'respawn delay = 0.1 60 10']],
    [
      'restart: on-failure:3',
      ['respawn = true', 'respawn limit = 3 3600', 'respawn delay = 0.1 60 10', 'normal exit = 0'],
    ],
    ['restart: "no"', []],
    [
      'healthcheck:\n  test: ["CMD", "check", "a b"]\n  interval: 1m\n  retries: 5\n  start_period: 2s',
      [
        "health exec = check 'a b'",
        'health interval = 60',
        'health timeout = 30',
        'health retries = 5',
        'health start period = 2',
        'health action = mark',
      ],
    ],
    [
      'healthcheck:\n  test: curl -f http://127.0.0.1 || exit 1\n  interval: 10s\n  timeout: 5s',
      ['health exec = curl -f http://127.0.0.1 || exit 1', 'health action = mark'],
    ],
    ['healthcheck: {disable: true, test: [CMD, x]}', []],
    ['ulimits:\n  nproc: 65\n  nofile: {soft: 1, hard: 2}', ['[limit]', 'nproc = 65 65', 'nofile = 1 2']],
    [
      'mem_limit: 512m\ncpus: "0.5"\npids_limit: 10',
      ['[cgroup]', 'memory.max = 536870912', 'cpu.max = 50%', 'pids.max = 10'],
    ],
    [
      'deploy:\n  resources:\n    limits: {cpus: "2", memory: 1g}',
      ['[cgroup]', 'cpu.max = 200%', 'memory.max = 1073741824'],
    ],
  ];
  for (const [yaml, expected] of cases)
    t.same([...serviceLines(yaml)].sort(), [...expected].sort(), yaml.replaceAll('\n', ' | '));
  t.notOk(
    imported({ '/c/compose.yml': 'services: {x: {command: a, profiles: [p]}}' }, ['/c/compose.yml']).jobs[
      'x'
    ]!.some((line) => line.startsWith('start on')),
    'a profile is started by command',
  );
  t.end();
});

test('entrypoint and command are words; an image of which they are not known makes no job', (t) => {
  const files = {
    '/c/compose.yml':
      'services:\n  a: {entrypoint: "/bin/e -x", command: "sh -c \'a && b\'"}\n  b: {image: nginx}\n',
  };
  const { jobs, result } = imported(files, ['/c/compose.yml']);
  t.ok(jobs['a']!.includes("exec = /bin/e -x sh -c 'a && b'"));
  t.match(result.problems, [{ message: /service b runs what its image says \(nginx\)/ }]);
  t.end();
});

test('order: lists, conditions, tasks', (t) => {
  const { jobs, findings } = imported(
    {
      '/c/compose.yml':
        'services:\n  a:\n    command: a\n    depends_on:\n      b: {condition: service_completed_successfully}\n      c: {condition: service_started, restart: true}\n      d: {condition: service_healthy}\n      e: {}\n  b: {command: b}\n  c: {command: c}\n  d: {command: d, healthcheck: {test: [CMD, check, "a b"]}}\n  e: {image: e}\n',
    },
    ['/c/compose.yml'],
  );
  t.ok(
    jobs['a']!.includes('requires = b c') ||
      (jobs['a']!.includes('requires[] = b') && jobs['a']!.includes('requires[] = c')) ||
      jobs['a']!.some((line) => line.startsWith('requires')),
  );
  t.ok(jobs['b']!.includes('task = true'));
  t.ok(jobs['a']!.includes('after = d'));
  t.ok(verdicts(findings).filter((one) => one === 'depends_on: dropped').length === 1);
  t.end();
});

test('files of variables, anchors, merge keys, extends, comments', (t) => {
  const files = {
    '/c/compose.yml':
      '# all of it\nx-base: &base\n  environment: {A: "1"}\nservices:\n  # the site\n  web:\n    <<: *base\n    command: run\n    # where\n    working_dir: /w\n  other:\n    extends: web\n    env_file: [a.env, {path: none.env, required: false}]\n    environment: {B: over}\n',
    '/c/a.env': 'B=file\nC=${X}\n',
    '/c/.env': 'D=1\n',
  };
  const { jobs, texts } = imported(files, ['/c/compose.yml']);
  t.ok(jobs['web']!.includes('A = 1'));
  t.match(texts['web'], /; all of it\n/);
  t.match(texts['web'], /; where\nchdir = \/w/);
  for (const line of ['exec = run', 'B = over', 'chdir = /w']) t.ok(jobs['other']!.includes(line), line);
  t.end();
});

test('what keeps a container to itself is named', (t) => {
  const { findings } = imported(
    {
      '/c/compose.yml':
        'services: {x: {command: a, image: i, read_only: true, cap_drop: [ALL], ports: ["80:8080"], volumes: [".:/x"]}}',
    },
    ['/c/compose.yml'],
  );
  const sandbox = findings.flatMap((finding) =>
    finding.verdict === 'dropped' && finding.sandbox === true ? [finding.word] : [],
  );
  t.same(sandbox, ['image', 'read_only', 'cap_drop']);
  t.end();
});

test('what is no Compose file is said', (t) => {
  for (const text of ['services: [', 'a: 1', '', 'services: {x: 5}'])
    t.equal(
      imported({ '/c/compose.yml': text }, ['/c/compose.yml'], { from: 'compose' }).result.problems.length,
      1,
      text,
    );
  t.end();
});
