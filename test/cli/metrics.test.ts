import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { spawnChild, plainEnvironment } from '../helpers/child.js';
import { fileURLToPath } from 'node:url';
import { runningJob } from '../control/fake-supervisor.js';
import { serve, type Served } from '../control/serve.js';

import { until } from '../helpers/until.js';

const FOSTER = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));
const DASHBOARD = fileURLToPath(new URL('../../../examples/grafana-dashboard.json', import.meta.url));

async function get(port: number, path: string, host?: string) {
  const sent = request({ port, path, agent: false, headers: host === undefined ? {} : { host } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

/** foster metrics, listening on a port that the kernel has chosen. */
async function listening(t: Test, served: Served): Promise<number> {
  const args = [FOSTER, 'metrics', '--listen', '0', '--socket', served.path];
  const child = spawnChild(process.execPath, args, {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill());
  let err = '';
  child.stderr!.on('data', (part: Buffer) => (err += part.toString()));
  return Number(await until('the address', () => /at http:\/\/127\.0\.0\.1:(\d+)\/metrics/.exec(err)?.[1]));
}

t.test('foster metrics --listen serves the loopback interface, and no page of a web site', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12)];
  const port = await listening(t, served);
  t.match(await get(port, '/metrics'), {
    status: 200,
    type: /^application\/openmetrics-text/,
    text: /foster_job_running\{job="sshd",instance=""\} 1\n.*# EOF\n$/s,
  });
  t.equal((await get(port, '/metrics', 'evil.example')).status, 403);
  t.equal((await get(port, '/v1/jobs')).status, 404);
  served.server.close();
  t.match(await get(port, '/metrics'), { status: 503, text: /no supervisor listens/ });
});

const PROMETHEUS = process.env['PROMETHEUS'] ?? '/usr/bin/prometheus';
const needsPrometheus = !existsSync(PROMETHEUS) && 'needs Prometheus (Debian package prometheus)';

/** What the panels of examples/grafana-dashboard.json ask Prometheus for. */
function dashboardExpressions(): readonly string[] {
  const text = readFileSync(DASHBOARD, 'utf8');
  const { panels } = JSON.parse(text) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$job', '.*')));
}

t.test('a real Prometheus reads it, and understands the dashboard', { skip: needsPrometheus }, async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12, { respawns: 3 })];
  const histogram = {
    buckets: [
      { upTo: 0.01, count: 2 },
      { upTo: 1, count: 3 },
    ],
    sum: 0.5,
    count: 4,
  };
  const runs = [{ job: 'sshd', starts: 4, exits: [{ status: 'SEGV', count: 3 }] }];
  served.api.counted = { runs, restartTimes: histogram, timerLateness: histogram };
  const port = await listening(t, served);
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port: own } = free.address() as AddressInfo;
  free.close();
  const directory = mkdtempSync(join(tmpdir(), 'foster-prometheus-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const config = join(directory, 'prometheus.yml');
  const targets = `static_configs: [{targets: ['127.0.0.1:${port}']}]`;
  writeFileSync(config, `scrape_configs: [{job_name: foster, scrape_interval: 1s, ${targets}}]\n`);
  const args = ['--config.file', config, '--storage.tsdb.path', join(directory, 'data')];
  const child = spawnChild(PROMETHEUS, [...args, '--web.listen-address', `127.0.0.1:${own}`], {
    env: plainEnvironment(),
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const ask = (query: string) => get(own, `/api/v1/query?query=${encodeURIComponent(query)}`);
  const value = await until('the respawns of sshd in Prometheus', async () => {
    const answer = await ask('foster_job_respawns_total{exported_job="sshd"}').catch(() => undefined);
    return answer?.status === 200 && /"value":\[[0-9.]+,"(\d+)"\]/.exec(answer.text)?.[1];
  });
  t.equal(value, '3');
  t.match((await ask('foster_restart_seconds_bucket{le="0.01"}')).text, /,"2"\]/, 'a histogram');
  const { text } = await get(port, '/metrics');
  const families = new Set(Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name!));
  for (const expression of dashboardExpressions()) {
    t.equal((await ask(expression)).status, 200, expression);
    for (const [name] of expression.matchAll(/\b(?:foster|process)_\w+/g))
      t.ok(families.has(name.replace(/_(?:total|bucket|info)$/, '')), `there is ${name}`);
  }
});
