import { test } from 'tap';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { until } from '../helpers/until.js';
import { killIfThere } from '../helpers/processes.js';
import { refusing } from './support/docker-profile.js';
import { Container, noContainers } from './support/container.js';

const skip = noContainers();

const MEBIBYTE = 2 ** 20;

/** Another process than the launcher is main. */
function handedOff({ state, main, launcher }: JobStatus): boolean {
  return state === 'running' && main !== null && main !== launcher;
}

test('a hundred jobs under a memory limit of 96 MiB', { skip }, async (t) => {
  const names = Array.from({ length: 100 }, (_, index) => `job${index}`);
  const jobs = Object.fromEntries(
    names.map((name) => [`${name}.conf`, 'start on startup\nrespawn\nexec sleep 1000\n']),
  );
  const container = await Container.start(t, { memory: 96 * MEBIBYTE, jobs });
  for (const name of names) await container.untilStatus(name, ({ state }) => state === 'running');
  killIfThere(container.outsidePid((await container.status('job50')).main!)!, 'SIGKILL');
  await container.untilStatus('job50', ({ respawns, state }) => respawns === 1 && state === 'running');
  container.signal('SIGTERM');
  t.equal((await container.ended).status, 0);
});

test('at the pids limit a respawn is put off, which is told, and made up for later', { skip }, async (t) => {
  const jobs = {
    'direct.conf': 'start on startup\nrespawn\nexec sleep 1000\n',
    'gated.conf': 'start on startup\nrespawn\nnice 15\nexec sleep 1000\n',
  };
  const container = await Container.start(t, { pids: 1000, jobs });
  for (const job of ['direct', 'gated']) {
    const { main } = await container.untilStatus(job, ({ state }) => state === 'running');
    await container.update('--pids-limit', '1');
    killIfThere(container.outsidePid(main!)!, 'SIGKILL');
    const { failure } = await container.untilStatus(job, ({ waitingFor }) => waitingFor !== undefined);
    t.match(failure, /Resource temporarily unavailable/);
    await container.update('--pids-limit', '1000');
    await container.untilStatus(job, (status) => status.state === 'running' && status.main !== main);
    t.match(container.err, new RegExp(`^${job} is started again in 0\\.1 s$`, 'm'));
  }
});

test(
  'a run directory without space: jobs run all the same, and that they are not saved is told',
  { skip },
  async (t) => {
    // what the socket and the directories need is there, and nothing more
    const jobs = { 'one.conf': 'start on startup\nrespawn\nexec sleep 1000\n' };
    const container = await Container.start(t, { run: ['size=4k', 'nr_inodes=64'], jobs });
    const { main } = await container.untilStatus('one', ({ state }) => state === 'running');
    t.match(container.err, /No space left on device/i);
    killIfThere(container.outsidePid(main!)!, 'SIGKILL');
    await container.untilStatus('one', (status) => status.state === 'running' && status.main !== main);
  },
);

test('a /proc with hidepid: processes of other users are followed all the same', { skip }, async (t) => {
  const daemon = 'sh -c "sleep 1000 & exit 0"';
  const jobs = {
    'own.conf': `start on startup\nexec ${daemon}\n`,
    'other.conf': `start on startup\nexec setpriv --reuid 65534 --clear-groups ${daemon}\n`,
  };
  const container = await Container.start(t, { proc: ['hidepid=2'], jobs });
  for (const job of ['own', 'other']) {
    const { main } = await container.untilStatus(job, handedOff);
    t.match(container.read(`/proc/${main}/comm`), 'sleep');
  }
});

/** What a filter may refuse and Node still begins. */
const REFUSED = [
  'ptrace',
  'perf_event_open',
  'pidfd_open',
  'pidfd_send_signal',
  'prlimit64',
  'setpriority',
  'memfd_create',
  'inotify_init1',
  'process_vm_readv',
  'bpf',
  'setns',
  'unshare',
  'mount',
];

test('a filter that refuses all that it may refuse', { skip }, async (t) => {
  const jobs = {
    'one.conf': 'start on startup\nrespawn\nexec sh -c "sleep 1000 & exit 0"\n',
    'script.conf': 'start on startup\nsetuid nobody\nscript\n  cd /\n  exec sleep 1000\nend script\n',
  };
  const container = await Container.start(t, { seccomp: (docker) => refusing(docker, REFUSED), jobs });
  const { main, tracker } = await container.untilStatus('one', handedOff);
  t.equal(tracker, 'procfs');
  const script = await container.untilStatus('script', ({ state }) => state === 'running');
  await until(
    'the script to have been read',
    () => container.read(`/proc/${script.main}/comm`) === 'sleep\n',
  );
  killIfThere(container.outsidePid(main!)!, 'SIGKILL');
  await container.untilStatus('one', (status) => status.respawns === 1 && status.main !== main);
  t.equal((await container.foster('stop', 'one')).status, 0);
  container.signal('SIGTERM');
  t.equal((await container.ended).status, 0);
});
