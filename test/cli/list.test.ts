import t from 'tap';
import { main } from '../../src/cli/main.js';
import { terminalOver } from '../../src/cli/terminal.js';
import type { JobUsage } from '../../src/supervisor/api/usage.js';
import { textWidth } from '../../src/text/width.js';
import { jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve, type Served } from '../control/serve.js';
import { runFoster as run } from './run-foster.js';

function usage(name: string, fields: Partial<JobUsage> = {}): JobUsage {
  const none = { memoryLimit: null, ioRead: null, ioWritten: null, frozen: false };
  return { name, instance: '', source: 'processes', cpu: 0, memory: 0, tasks: 1, ...none, ...fields };
}

/** What a terminal of so many columns gets. */
async function onTerminal(
  served: Pick<Served, 'path'>,
  columns: number,
  args: readonly string[] = ['list'],
  env: Record<string, string> = {},
): Promise<string> {
  let out = '';
  const sinks = { stdout: (text: string | Uint8Array) => (out += String(text)), stderr: () => undefined };
  const isTerminal = { stdout: true, stderr: true };
  const all = { FOSTER_SOCKET: served.path, ...env };
  await main(
    args,
    terminalOver(sinks, { env: all, uid: 0, isTerminal, columns: () => columns, escaping: 'always' }),
  );
  return out;
}

function fill({ api }: Served): void {
  const long = 'main process (812) terminated with status 1, and there is much more to say';
  api.statuses = [
    jobStatus('failing', { failure: long, since: new Date().toISOString() }),
    runningJob('postgres', 1203, {
      instance: '15/main',
      respawns: 2,
      mainSince: new Date(Date.now() - 7_500_000).toISOString(),
    }),
    jobStatus('データベース', { manual: true }),
  ];
  api.usages = [usage('postgres', { instance: '15/main', memory: 36 * 2 ** 20, cpu: 1_230_000 })];
}

t.test('in a pipe, cells end with two spaces, and nothing is cut', async (t) => {
  const served = await serve(t);
  fill(served);
  const { out, status } = await run(served, ['list']);
  t.equal(status, 0);
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  t.same(rows[0], ['NAME', 'STATE', 'UP', 'RESTARTS', 'PID', 'MEMORY', 'CPU', 'REASON']);
  t.same(rows[1]!.slice(0, 7), ['failing', 'failed', '-', '-', '-', '-', '-']);
  t.match(rows[1]![7], /much more to say, \d s ago$/);
  t.same(rows[2], ['postgres (15/main)', 'running', '2h05m', '2', '1203', '36M', '1.23s', '-']);
  t.same(rows[3], ['データベース', 'stopped', '-', '-', '-', '-', '-', 'manual']);
  t.notMatch(out, '\x1b', 'no colour');
});

t.test('on a terminal no line is wider than it, whatever its width', async (t) => {
  const served = await serve(t);
  fill(served);
  for (const columns of [20, 40, 60, 80, 120, 300]) {
    const out = await onTerminal(served, columns, ['list'], { NO_COLOR: '1' });
    t.notMatch(out, '\x1b', 'NO_COLOR');
    const lines = out.trimEnd().split('\n');
    t.equal(lines.length, 4, String(columns));
    for (const line of lines) t.ok(textWidth(line) <= columns, `${columns}: ${line}`);
  }
  const narrow = await onTerminal(served, 40, ['list'], { NO_COLOR: '1' });
  t.match(narrow, /^failing +failed +.*terminated.*…$/m, 'what is wrong is to be seen on 40 columns, too');
  t.match(narrow, /^postgres \(15\/ma…  running  up 2h05m$/m, 'and how long what runs has been up');
});

t.test('columns that say nothing go first, and of the others uptime and restarts last', async (t) => {
  const served = await serve(t);
  served.api.statuses = [
    runningJob('web', 12, { respawns: 3, mainSince: new Date(Date.now() - 60_000).toISOString() }),
    runningJob('worker', 13, { mainSince: new Date(Date.now() - 60_000).toISOString() }),
  ];
  const titles = async (columns: number): Promise<readonly string[]> => {
    const out = await onTerminal(served, columns, ['list'], { NO_COLOR: '1' });
    return out.split('\n')[0]!.split(/ {2,}/);
  };
  t.same(await titles(80), ['NAME', 'STATE', 'UP', 'RESTARTS', 'PID', 'MEMORY', 'CPU', 'REASON']);
  t.same(
    await titles(46),
    ['NAME', 'STATE', 'UP', 'RESTARTS', 'PID', 'REASON'],
    'nothing is known of memory',
  );
  const [web, worker] = served.api.statuses;
  const path = '/etc/foster/web.ini';
  const error = `${path}:2: Unknown stanza: found "exce"`;
  served.api.statuses = [{ ...web!, file: { path, state: 'broken', error } }, worker!];
  t.match(
    await onTerminal(served, 80, ['list'], { NO_COLOR: '1' }),
    /^web .*file broken: web\.ini:2: Unknown/m,
    'a reason has room before what is known of nothing, and files are named without their directory',
  );
  served.api.statuses = [web!, worker!];
  t.same(await titles(40), ['NAME', 'STATE', 'UP', 'RESTARTS', 'REASON']);
  t.same(await titles(32), ['NAME', 'STATE', 'UP', 'REASON']);
});

t.test('states have colours', async (t) => {
  const served = await serve(t);
  fill(served);
  const out = await onTerminal(served, 80);
  t.match(out, '\x1b[31mfailed\x1b[0m');
  t.match(out, '\x1b[32mrunning\x1b[0m');
});

t.test('--failed, --names, patterns', async (t) => {
  const served = await serve(t);
  fill(served);
  t.match((await run(served, ['list', '--failed'])).out, /^NAME.*\nfailing .*\n$/);
  t.equal((await run(served, ['list', '--names'])).out, 'failing\npostgres (15/main)\nデータベース\n');
  t.equal((await run(served, ['list', '--names', 'post*'])).out, 'postgres (15/main)\n');
  t.match(await run(served, ['list', 'nosuch']), { status: 5, err: /^foster: Unknown job: nosuch/ });
  t.same(await run(served, ['list', 'nosuch', '--json']), { status: 0, out: '[]\n', err: '' });
});

t.test('an empty list says so to people only', async (t) => {
  const served = await serve(t);
  t.equal((await run(served, ['list'])).out, '');
  t.equal(await onTerminal(served, 80), 'no job files in /etc/foster\n');
  served.api.statuses = [runningJob('web', 1), runningJob('db', 2)];
  t.equal(await onTerminal(served, 80, ['list', '--failed']), 'none of 2 jobs has failed\n');
});

t.test('--json has the word and the reason beside everything else', async (t) => {
  const served = await serve(t);
  fill(served);
  const jobs = JSON.parse((await run(served, ['list', '--json', 'post*', 'fail*'])).out) as object[];
  t.match(jobs, [
    { name: 'failing', condition: 'failed', reason: /^terminated with status 1/ },
    { name: 'postgres', condition: 'running', usage: { memory: 36 * 2 ** 20, cpu: 1_230_000, tasks: 1 } },
  ]);
});

t.test('foster alone lists jobs where a supervisor answers, and commands where none does', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('web', 1)];
  t.match(await run(served, []), { status: 0, out: /^NAME .*\nweb +running / });
  t.match(await run({ path: '/nonexistent/foster.sock' }, []), {
    status: 150,
    err: /^Usage: foster [^]*\nfoster: no supervisor listens at \/nonexistent\/foster\.sock: .*\n$/,
  });
});
