import { readFileSync } from 'node:fs';
import { test } from 'tap';
import type { SourceName } from '../../src/tracker/sources/source.js';
import { isInstalled } from '../daemons/support/requirements.js';
import { until } from '../helpers/until.js';
import { PERFMON } from './support/bundle.js';
import { Container, noContainers, type Contents } from './support/container.js';

const NGINX = `worker_processes 2;
pid /run/nginx.pid;
error_log /tmp/error.log;
events { worker_connections 32; }
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server { listen 127.0.0.1:80; root /tmp; }
}
`;

/** They fork once and drop no right, once with workers of another uid, and twice with a launcher that waits. */
const JOBS = {
  'redis.conf':
    'respawn\nexec /usr/bin/redis-server --daemonize yes --pidfile /run/redis.pid --save "" --bind 127.0.0.1\n',
  'nginx.conf': 'respawn\nexec /usr/sbin/nginx -c /etc/foster/nginx-server\n',
  'cron.conf': 'respawn\nexec /usr/sbin/cron\n',
  'nginx-server': NGINX,
} as const;

const PID_FILES = { redis: '/run/redis.pid', nginx: '/run/nginx.pid', cron: '/run/crond.pid' } as const;
type Daemon = keyof typeof PID_FILES;

const skip =
  noContainers() ||
  (['redis-server', 'nginx', 'cron'].every(isInstalled) ? false : 'needs redis-server, nginx and cron');

/** What the daemon itself says, as it is seen inside. */
function truth(container: Container, daemon: Daemon): number | undefined {
  const pid = Number.parseInt(container.read(PID_FILES[daemon]) ?? '', 10);
  return Number.isInteger(pid) && container.read(`/proc/${pid}/stat`) !== undefined ? pid : undefined;
}

/** Resolves with main once the daemon and foster agree on it. */
async function agreed(container: Container, daemon: Daemon, former?: number): Promise<number> {
  const { main } = await container.untilStatus(
    daemon,
    ({ main, state }) =>
      state === 'running' && main !== null && main !== former && main === truth(container, daemon),
  );
  return main!;
}

/** The source, what it takes to have it, and under which name status tells of it. */
const PLACES: readonly {
  readonly source: SourceName | 'auto';
  readonly is: SourceName;
  readonly contents: Contents;
}[] = [
  { source: 'auto', is: 'ptrace', contents: {} },
  { source: 'procfs', is: 'procfs', contents: {} },
  { source: 'auto', is: 'perf', contents: PERFMON },
];

for (const { source, is, contents } of PLACES) {
  test(`three daemons in a container, followed by ${is}`, { skip }, async (t) => {
    const container = await Container.start(t, { ...contents, jobs: JOBS, args: ['--tracker', source] });
    for (const daemon of ['redis', 'nginx', 'cron'] as const) {
      const { status, err } = await container.foster('start', daemon);
      t.equal(status, 0, `${daemon} starts ${err}`);
      const first = await agreed(container, daemon);
      // on a busy machine a daemon may have dropped its rights before it could be seized, and is not traced then
      const sources: readonly SourceName[] = is === 'ptrace' ? ['ptrace', 'procfs'] : [is];
      t.ok(sources.includes((await container.status(daemon)).tracker), `followed by ${is}`);
      await container.exec('kill', '-KILL', String(first));
      const second = await agreed(container, daemon, first);
      t.equal((await container.status(daemon)).respawns, 1, 'one launch brought it back');
      t.equal((await container.foster('stop', daemon)).status, 0);
      t.equal(container.read(`/proc/${second}/stat`), undefined, 'it is gone after the stop');
    }
    t.same(await left(container), [], 'nothing but foster is left');
    container.signal('SIGTERM');
    t.equal((await container.ended).status, 0);
  });
}

const PARANOID = '/proc/sys/kernel/perf_event_paranoid';
const isParanoid = Number(readFileSync(PARANOID, 'latin1')) > 2;

test(
  'without a filter perf needs no capability',
  { skip: skip || (isParanoid && `${PARANOID} forbids it`) },
  async (t) => {
    const container = await Container.start(t, {
      seccomp: 'none',
      jobs: { 'one.conf': 'exec sleep 1000\n' },
    });
    t.equal((await container.foster('start', 'one')).status, 0);
    t.equal((await container.status('one')).tracker, 'perf');
  },
);

test(
  'a job of an ordinary user is not traced, since setuid programs in it would lose their rights',
  { skip },
  async (t) => {
    const jobs = { 'plain.conf': 'exec sleep 1000\n', 'other.conf': 'setuid nobody\nexec sleep 1000\n' };
    const container = await Container.start(t, { jobs });
    for (const [job, source] of [
      ['plain', 'ptrace'],
      ['other', 'procfs'],
    ] as const) {
      t.equal((await container.foster('start', job)).status, 0);
      t.equal((await container.status(job)).tracker, source, job);
    }
  },
);

/** Processes inside beside PID 1. */
async function left(container: Container): Promise<readonly string[]> {
  return until('a list of processes', async () => {
    const { out } = await container.exec('sh', '-c', 'ls -d /proc/[0-9]*');
    const pids = out.split('\n').filter((path) => path !== '' && path !== '/proc/1');
    // the shell and ls themselves have ended by now
    return pids.filter((path) => container.read(`${path}/stat`) !== undefined);
  });
}
