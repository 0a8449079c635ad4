import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { hasUnified, version1 } from '../helpers/cgroups.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const usable = version1('memory', 'cpu', 'cpuacct', 'pids', 'freezer');
const skip =
  typeof usable === 'string' ? `${usable} (root and control groups of version 1 are needed)` : false;

/** Allocates until it is stopped. */
const HOG = `sh -c 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'`;

t.test(
  'a job is in groups of its own from its first instruction, and they are gone after it',
  { skip },
  async (t) => {
    const foster = await Supervisor.start(t, {
      'first.conf': 'cgroup memory.max 64M\nexec cat /proc/self/cgroup\n',
      'stays.conf': 'cgroup *\nexec sleep 1000\n',
    });
    await foster.cli('start', 'first');
    const log = join(foster.logdir, 'first.log');
    const text = await until(
      'the output of first',
      () => existsSync(log) && readFileSync(log, 'utf8').includes('\n0:') && readFileSync(log, 'utf8'),
    );
    for (const controller of ['memory', 'pids', 'freezer'])
      t.match(text, new RegExp(`:${controller}:\\S*/foster-[0-9a-f]{8}/first\\n`), controller);
    await foster.cli('start', 'stays');
    const { cgroup } = await foster.status('stays');
    t.same(cgroup?.problems, []);
    t.ok(cgroup?.paths.every((path) => existsSync(path)));
    t.equal(cgroup?.usage.tasks, 1);
    t.match((await foster.cli('status', 'stays')).out, /uses +memory .*tasks 1/);
    t.match((await foster.cli('top')).out, /^stays +0\.\d/m);
    await foster.cli('stop', 'stays');
    await until('the end of the groups', () => cgroup!.paths.every((path) => !existsSync(path)));
    t.notOk((await foster.status('stays')).cgroup);
  },
);

t.test('a memory hog is killed inside its group, and a job is started by it', { skip }, async (t) => {
  const foster = await Supervisor.start(t, {
    'hog.conf': `cgroup memory.max 32M\nexec ${HOG}\n`,
    'alert.conf':
      'start on cgroup-event TYPE=oom-kill JOB=hog\nexec sh -c "echo alert $JOB $COUNT; sleep 1000"\n',
  });
  await foster.cli('start', '--no-wait', 'hog');
  await foster.untilStatus('alert', ({ state }) => state === 'running');
  await foster.untilMessage(/hog: the kernel killed a process because its cgroup reached its memory limit/);
  const { failure } = await foster.untilStatus('hog', ({ state }) => state === 'waiting');
  t.match(failure, /killed by KILL signal/);
});

t.test('pids.max stops a fork bomb', { skip }, async (t) => {
  const foster = await Supervisor.start(t, {
    'bomb.conf': `cgroup pids.max 12\nkill mode cgroup\nrespawn limit 1 1\nexec sh -c 'sh -c "while :; do sleep 1000 & done"; sleep 1000'\n`,
  });
  await foster.cli('start', '--no-wait', 'bomb');
  const { cgroup } = await foster.untilStatus('bomb', (status) => (status.cgroup?.usage.tasks ?? 0) >= 11);
  t.equal(cgroup?.usage.tasksLimit, 12);
  t.ok((cgroup?.usage.tasks ?? 99) <= 12);
  await foster.cli('stop', 'bomb');
  await until('the end of the groups', () => cgroup!.paths.every((path) => !existsSync(path)));
});

t.test('cpu.max holds within 10 %', { skip }, async (t) => {
  const foster = await Supervisor.start(t, {
    'spin.conf': `cgroup cpu.max 20%\nexec sh -c 'while :; do :; done'\n`,
  });
  await foster.cli('start', '--no-wait', 'spin');
  await foster.untilStatus('spin', ({ state }) => state === 'running');
  const look = async () => {
    const { cgroup } = await foster.status('spin');
    return { cpu: cgroup?.usage.cpu ?? 0, at: performance.now() };
  };
  // a busy machine may give it less for a while, but never more
  const shares: number[] = [];
  await until('a share of 20 %', async () => {
    const before = await look();
    await pause(1000);
    const after = await look();
    const share = (after.cpu - before.cpu) / (after.at - before.at) / 10;
    shares.push(share);
    return share > 18 && share < 22;
  });
  t.ok(
    shares.every((share) => share < 22),
    `${shares.join(', ')} % of a processor`,
  );
  t.ok(((await foster.status('spin')).cgroup?.usage.cpuThrottled ?? 0) > 0);
});

t.test('frozen jobs stand still, thaw, and can be stopped', { skip }, async (t) => {
  const foster = await Supervisor.start(t, {
    'clock.conf': `cgroup *\nexec sh -c 'while :; do echo tick; sleep 0.01; done'\n`,
    'plain.conf': 'exec sleep 1000\n',
  });
  await foster.cli('start', 'clock', 'plain');
  t.equal((await foster.cli('freeze', 'clock')).status, 0);
  const frozen = await foster.untilStatus('clock', (status) => status.cgroup?.frozen === true);
  // the kernel freezes a moment later: from then on not one microsecond is used
  let used = -1;
  await until('a standstill', async () => {
    const before = used;
    used = (await foster.status('clock')).cgroup?.usage.cpu ?? 0;
    await pause(50);
    return before === used;
  });
  t.match((await foster.cli('status', 'clock')).out, /uses +frozen/);
  t.equal((await foster.cli('thaw', 'clock')).status, 0);
  await foster.untilStatus('clock', (status) => (status.cgroup?.usage.cpu ?? 0) > used);
  await foster.cli('freeze', 'clock');
  t.equal((await foster.cli('stop', 'clock')).status, 0);
  t.equal((await foster.status('clock')).state, 'waiting');
  await until('the end of the groups', () => frozen.cgroup!.paths.every((path) => !existsSync(path)));
  const refused = await foster.cli('freeze', 'plain');
  t.match([refused.status, refused.err], [2, /Job has no cgroup: plain/]);
  t.equal((await foster.cli('thaw', 'clock')).status, 7, 'not running');
});

t.test(
  'kill mode cgroup ends whoever is in the group, and a detached process keeps it otherwise',
  { skip },
  async (t) => {
    const script = 'setsid sleep 1000 & sleep 1000';
    const foster = await Supervisor.start(t, {
      'all.conf': `cgroup *\nkill mode cgroup\nexec sh -c '${script}'\n`,
      'some.conf': `cgroup *\nexec sh -c '${script}'\n`,
    });
    await foster.cli('start', 'all', 'some');
    const [some, all] = [
      await foster.untilStatus('some', ({ detached }) => detached.length === 1),
      await foster.untilStatus('all', ({ detached }) => detached.length === 1),
    ];
    await foster.cli('stop', 'all', 'some');
    await until('the end of the groups', () => all.cgroup!.paths.every((path) => !existsSync(path)));
    const { detached } = await foster.untilStatus('some', (status) => status.detached.length === 1);
    t.ok(
      some.cgroup?.paths.every((path) => existsSync(path)),
      'somebody is in it',
    );
    process.kill(detached[0]!, 'SIGKILL');
    await until('the end of the groups', () => some.cgroup!.paths.every((path) => !existsSync(path)));
  },
);

t.test('the next supervisor takes the groups back', { skip }, async (t) => {
  const foster = await Supervisor.start(t, { 'stays.conf': 'cgroup pids.max 30\nexec sleep 1000\n' });
  await foster.cli('start', 'stays');
  const before = await foster.status('stays');
  await foster.kill();
  await foster.begin();
  const { main, cgroup } = await foster.untilStatus('stays', ({ state }) => state === 'running');
  t.equal(main, before.main);
  t.same(cgroup?.paths, before.cgroup?.paths);
  t.equal(cgroup?.usage.tasks, 1);
  await foster.cli('stop', 'stays');
  await until('the end of the groups', () => cgroup!.paths.every((path) => !existsSync(path)));
});

t.test('a limit that the kernel refuses is one line, and the job runs', { skip }, async (t) => {
  const foster = await Supervisor.start(t, {
    'odd.conf': 'cgroup memory.max banana\ncgroup nosuch.max 1\ncgroup pids.max 9\nexec sleep 1000\n',
  });
  t.equal((await foster.cli('start', 'odd')).status, 0);
  const { cgroup } = await foster.status('odd');
  t.equal(cgroup?.usage.tasksLimit, 9);
  t.equal(cgroup?.problems.length, 2);
  t.equal(foster.messages.match(/odd runs without a part of its cgroup stanza: /g)?.length, 1);
});

t.test(
  'an empty group is an event',
  { skip: skip || (hasUnified() ? false : 'version 2 is not mounted') },
  async (t) => {
    const foster = await Supervisor.start(t, {
      'short.conf': 'cgroup *\ntask\nexec true\n',
      'after.conf': 'start on cgroup-event TYPE=empty JOB=short\nexec sleep 1000\n',
    });
    await foster.cli('start', 'short');
    await foster.untilStatus('after', ({ state }) => state === 'running');
    t.pass();
  },
);
