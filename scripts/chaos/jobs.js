/** The jobs of the chaos run: workers of every shape, and real daemons as far as they are installed. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shapes of workers, as daemons have them: by the role with which worker.sh begins, and what the job file says besides. */
const SHAPES = [
  { role: 'main' },
  { role: 'with-helper', helpers: 1 },
  { role: 'quick', stanzas: 'expect daemon\n' },
  { role: 'launcher', stanzas: 'ready daemonised\n' },
  { role: 'main', stanzas: 'pre-start exec true\npost-stop exec true\n' },
  { role: 'launcher', stanzas: 'nice 5\n' },
  { role: 'quick', stanzas: 'setuid nobody\n' },
];

const DAEMONS = [
  ['/usr/sbin/cron', () => 'exec /usr/sbin/cron\n'],
  [
    '/usr/bin/redis-server',
    (home) => `exec /usr/bin/redis-server --daemonize yes --port 7001 --dir ${home}\n`,
  ],
  ['/usr/bin/memcached', () => 'exec /usr/bin/memcached -d -u nobody -p 7002 -l 127.0.0.1\n'],
  ['/usr/sbin/nginx', (home) => `exec /usr/sbin/nginx -p ${home} -c ${nginxConfig(home)}\n`],
  ['/usr/sbin/sshd', (home) => `exec /usr/sbin/sshd -f ${sshdConfig(home)}\n`],
  ['/usr/sbin/haproxy', (home) => `exec /usr/sbin/haproxy -D -f ${haproxyConfig(home)}\n`],
  ['/usr/sbin/atd', () => 'exec /usr/sbin/atd\n'],
  [
    '/usr/sbin/rsyslogd',
    (home) => `exec /usr/sbin/rsyslogd -f ${rsyslogConfig(home)} -i ${home}/rsyslogd.pid\n`,
  ],
];

/**
 * Writes the job files.
 * @returns each job's name, with the program where it is a real daemon
 */
export function writeJobs(directory, count) {
  const confdir = join(directory, 'conf');
  mkdirSync(confdir, { recursive: true });
  // below the directory, where every user may read it
  const worker = join(directory, 'worker.sh');
  copyFileSync(new URL('worker.sh', import.meta.url), worker);
  const fifo = join(directory, 'fifo');
  spawnSync('mkfifo', ['-m', '666', fifo]);
  const daemons = DAEMONS.filter(([program]) => isThere(program)).slice(0, 5);
  const jobs = daemons.map(([program, text], index) => ({
    name: `daemon${index}`,
    // Debian's redis-server is a link to another program
    program: realpathSync(program),
    text: text(directory),
  }));
  for (let index = jobs.length; index < count; index++) {
    const { role, helpers = 0, stanzas = '' } = SHAPES[index % SHAPES.length];
    const name = `worker${index}`;
    const text = `${stanzas}exec /bin/sh ${worker} ${role} ${name} ${fifo}\n`;
    jobs.push({ name, shape: role, helpers, text });
  }
  for (const job of jobs) {
    job.path = join(confdir, `${job.name}.conf`);
    job.text = `start on startup\nrespawn\nrespawn limit unlimited\nkill timeout 2\nstart timeout 10\nenv CHAOS_JOB=${job.name}\n${job.text}`;
    writeFileSync(job.path, job.text);
  }
  return jobs;
}

function isThere(program) {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function nginxConfig(home) {
  const path = join(home, 'nginx.conf');
  writeFileSync(
    path,
    `worker_processes 2;\nerror_log ${home}/nginx.log;\npid ${home}/nginx.pid;\nevents {}\nhttp { access_log off; server { listen 127.0.0.1:7003; } }\n`,
  );
  return path;
}

function haproxyConfig(home) {
  const path = join(home, 'haproxy.conf');
  writeFileSync(
    path,
    `defaults\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\nfrontend chaos\n  mode http\n  bind 127.0.0.1:7005\n`,
  );
  return path;
}

function rsyslogConfig(home) {
  const path = join(home, 'rsyslog.conf');
  writeFileSync(path, `*.* ${home}/messages\n`);
  return path;
}

function sshdConfig(home) {
  const [path, key] = [join(home, 'sshd.conf'), join(home, 'host_key')];
  mkdirSync('/run/sshd', { recursive: true });
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  writeFileSync(path, `Port 7004\nListenAddress 127.0.0.1\nHostKey ${key}\nPidFile ${home}/sshd.pid\n`);
  return path;
}
