/** Ecosystem files of pm2 as jobs. */
import { test } from 'tap';
import { imported, verdicts } from '../imported.js';

function appLines(app: object): readonly string[] {
  const { jobs } = imported(
    { '/p/ecosystem.json': JSON.stringify({ apps: [{ name: 'x', script: 'x.js', ...app }] }) },
    ['/p/ecosystem.json'],
  );
  const usual = [
    'start on = startup',
    'env inherit = true',
    'exec = node x.js',
    'respawn = true',
    'respawn limit = 16 16',
    'respawn delay = none',
    'kill signal = INT',
    'kill timeout = 2',
    'kill mode = lineage',
    'chdir = /p',
    'NODE_APP_INSTANCE = 0',
    '[env]',
  ];
  return jobs['x']!.filter((line) => !usual.includes(line));
}

test('settings of an app and the lines that they become', (t) => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{}, []],
    [{ cwd: 'sub', args: "--a 'b c'" }, ["exec = node x.js --a 'b c'", 'chdir = /p/sub']],
    [{ args: ['--a', 'b c'], node_args: '--harmony' }, ["exec = node --harmony x.js --a 'b c'"]],
    [{ script: './x.py' }, ['exec = python3 ./x.py']],
    [{ script: './x', interpreter: 'none' }, ['exec = ./x']],
    [{ script: 'npm', args: 'run start' }, ['exec = npm run start']],
    [{ script: 'npm run a && b' }, ['script[] = set +e; npm run a && b']],
    [{ env: { A: 1, B: 'x y', C: { d: true } } }, ['A = 1', 'B = x y', 'C = {"d":true}']],
    [{ autorestart: false }, []],
    [{ restart_delay: 5000, max_restarts: 3 }, ['respawn limit = 3 18', 'respawn delay = 5 5 5']],
    [{ exp_backoff_restart_delay: 100 }, ['respawn delay = 0.1 15 30']],
    [{ kill_timeout: 3000, treekill: false }, ['kill timeout = 3', 'kill mode = main']],
    [{ max_memory_restart: '160M' }, ['[cgroup]', 'memory.max = 167772160']],
    [{ out_file: 'logs/o.log', error_file: 'logs/e.log' }, ['log file = /p/logs/o.log', 'log split = true']],
    [{ out_file: 'NULL', error_file: '/dev/null' }, ['console = none']],
    [{ uid: 'www', gid: 33 }, ['setuid = www', 'setgid = 33']],
    [{ stop_exit_codes: [0, 5] }, ['normal exit = 0 5']],
  ];
  for (const [app, expected] of cases)
    t.same([...appLines(app)].sort(), [...expected].sort(), JSON.stringify(app));
  t.end();
});

test('forms: JavaScript in .json, a list, one app, YAML', (t) => {
  const forms: Readonly<Record<string, string>> = {
    'a.json': "{ /* x */ apps: [{ name: 'x', script: 'x.js', ignore_watch: ['\\.log'], }] }",
    'b.json': '[{"name":"x","script":"x.js"}]',
    'c.json': '{"name":"x","script":"x.js"}',
    'd.json': '{"apps":{"name":"x","script":"x.js"}}',
    'e.yml': 'apps:\n  - name : x\n    script: x.js\n',
  };
  for (const [name, text] of Object.entries(forms))
    t.ok(imported({ [`/p/${name}`]: text }, [`/p/${name}`]).jobs['x']?.includes('exec = node x.js'), name);
  for (const bad of ['{', '{"apps": 5}', '[]x'])
    t.equal(imported({ '/p/x.json': bad }, ['/p/x.json'], { from: 'pm2' }).result.problems.length, 1, bad);
  t.end();
});

test('a program is not run, unless that was asked for', (t) => {
  const files = { '/p/ecosystem.config.js': 'throw 1' };
  t.match(imported(files, ['/p/ecosystem.config.js']).result.problems, [{ message: /--run-config/ }]);
  const run = (): unknown => ({ apps: [{ script: 'x.js' }] });
  t.same(Object.keys(imported(files, ['/p/ecosystem.config.js'], { pm2: { run } }).jobs), ['x']);
  t.end();
});

test('several processes: a fork is a job with instances, a cluster is one process', (t) => {
  const fork = {
    name: 'f',
    script: 'f.js',
    instances: 2,
    exec_mode: 'fork',
    increment_var: 'PORT',
    env: { PORT: 3000 },
  };
  const cluster = { name: 'c', script: 'c.js', instances: 'max', exec_mode: 'cluster' };
  const all = { name: 'a', script: 'a.js', instances: 'max', exec_mode: 'fork' };
  const less = { name: 'l', script: 'l.js', instances: -1, exec_mode: 'fork' };
  const one = { name: 'o', script: 'o.js', instances: 1, exec_mode: 'fork' };
  const apps = [fork, cluster, all, less, one];
  const { jobs, findings } = imported({ '/p/ecosystem.json': JSON.stringify({ apps }) }, [
    '/p/ecosystem.json',
  ]);
  t.same(Object.keys(jobs), ['f', 'c', 'a', 'l', 'o']);
  t.ok(jobs['f']!.includes('instances = 2 0'));
  t.ok(jobs['f']!.includes('script[] = export PORT=$((3000 + INSTANCE))'), jobs['f']!.join('\n'));
  t.ok(jobs['f']!.includes('script[] = export NODE_APP_INSTANCE="$INSTANCE"'));
  t.ok(jobs['a']!.includes('instances = cpus 0'));
  t.ok(jobs['l']!.includes('instances = cpus 0'));
  t.ok(verdicts(findings).includes('instances: approximated'));
  t.ok(jobs['o']!.includes('NODE_APP_INSTANCE = 0'));
  t.ok(jobs['c']!.includes("script[] = ' -- ./c.js 0 NODE_APP_INSTANCE ''"), jobs['c']!.join('\n'));
  t.end();
});

test('environments by name, restarts by the clock, what is lost', (t) => {
  const app = {
    name: 'x',
    script: 'x.js',
    env: { A: '1' },
    env_production: { A: '2' },
    env_test: { A: '3' },
    cron_restart: '0 3 * * *',
    watch: true,
    wait_ready: true,
    deploy: 1,
  };
  const files = { '/p/ecosystem.json': JSON.stringify({ apps: [app], deploy: {} }) };
  const { jobs, findings } = imported(files, ['/p/ecosystem.json'], { pm2: { environment: 'production' } });
  t.ok(jobs['x']!.includes('A = 2'));
  t.notOk(jobs['x']!.includes('A = 1'));
  t.ok(jobs['x-restart']!.includes('schedule = 0 3 * * *'));
  for (const word of ['env_test: dropped', 'watch: dropped', 'wait_ready: dropped', 'deploy: dropped'])
    t.ok(verdicts(findings).includes(word), word);
  t.end();
});

test('comments of an app stand in its file', (t) => {
  const { texts } = imported(
    {
      '/p/ecosystem.json':
        '// all\n{ apps: [\n // first\n { /* why */ name: "a", script: "a.js" },\n { name: "b", script: "http://b.js" // not one\n } ] }',
    },
    ['/p/ecosystem.json'],
  );
  t.match(texts['a'], /; all\n(?:.*\n)*; why\n/);
  t.match(texts['b'], /; not one\n/);
  t.end();
});
