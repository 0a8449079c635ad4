/** A supervisor that is killed, and begins again in another control group than before. */
import { existsSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeGroup, moveProcess, setGroupFile } from '../../src/kernel/cgroup/files.js';
import { cgroupSetup } from '../../src/kernel/cgroup/layout.js';
import { groupOf, version1 } from '../helpers/cgroups.js';
import { allProcesses, commandLine, isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const usable = version1('memory', 'cpu', 'cpuacct', 'pids', 'freezer');
const skip =
  typeof usable === 'string' ? `${usable} (root and control groups of version 1 are needed)` : false;

/** Groups in every hierarchy, which this test enters with all that it starts. */
class Elsewhere {
  readonly #name = `foster-elsewhere-${process.pid}`;
  readonly #hierarchies = cgroupSetup().hierarchies.filter(
    ({ controllers }) =>
      !controllers.includes('cpuset') && !controllers.some((one) => one.startsWith('name=')),
  );

  constructor(t: Test) {
    t.teardown(async () => {
      this.leave();
      for (const { own } of this.#hierarchies) {
        const group = join(own, this.#name);
        if (existsSync(group)) await until('an empty group', () => isRemoved(group));
      }
    });
  }

  enter(): void {
    for (const { own } of this.#hierarchies) {
      makeGroup(join(own, this.#name));
      moveProcess(join(own, this.#name), process.pid);
    }
  }

  leave(): void {
    for (const { own } of this.#hierarchies) moveProcess(own, process.pid);
  }

  has(path: string): boolean {
    return path.includes(`/${this.#name}/`);
  }
}

function isRemoved(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

t.test('jobs keep their groups, and new ones are made where it is now', { skip }, async (t) => {
  const elsewhere = new Elsewhere(t);
  const foster = await Supervisor.start(t, {
    'stays.conf':
      'respawn\ncgroup pids.max 30\ncgroup cpu.max 50%\nkill mode cgroup\nexec sh -c "sleep 1000; true"\n',
    'later.conf': 'cgroup pids.max 20\nexec sleep 1000\n',
  });
  await foster.cli('start', 'stays');
  const before = await foster.untilStatus('stays', ({ cgroup }) => cgroup?.usage.tasks === 2);
  await foster.kill();
  elsewhere.enter();
  await foster.begin();
  elsewhere.leave();

  const after = await foster.untilStatus('stays', ({ state }) => state === 'running');
  t.equal(after.main, before.main, 'it was taken back');
  t.same(after.cgroup?.paths, before.cgroup?.paths);
  t.match(after.cgroup?.usage, { tasks: 2, tasksLimit: 30 });
  t.equal((await foster.cli('freeze', 'stays')).status, 0);
  await foster.untilStatus('stays', ({ cgroup }) => cgroup?.frozen === true);
  t.equal((await foster.cli('thaw', 'stays')).status, 0);

  await foster.cli('start', 'later');
  const later = await foster.status('later');
  t.ok(
    later.cgroup?.paths.every((path) => elsewhere.has(path)),
    'a new job is below the new group',
  );

  process.kill(after.main!, 'SIGKILL');
  const again = await foster.untilStatus(
    'stays',
    ({ main }) => typeof main === 'number' && main !== after.main,
  );
  t.same(again.cgroup?.paths, before.cgroup?.paths, 'a respawn is of the same life, and in the same groups');
  t.same(again.cgroup?.problems, []);
  const groups = readFileSync(`/proc/${again.main!}/cgroup`, 'utf8');
  t.notOk(elsewhere.has(groups));

  await foster.cli('stop', 'stays');
  const base = before.cgroup!.paths.map((path) => join(path, '..'));
  await until('the end of the groups', () => base.every((path) => !existsSync(path)));
  await foster.cli('start', 'stays');
  const anew = await foster.status('stays');
  t.ok(
    anew.cgroup?.paths.every((path) => elsewhere.has(path)),
    'its next life begins where it is now',
  );
  t.equal(anew.cgroup?.usage.tasksLimit, 30);
  await foster.cli('stop', 'stays', 'later');
});

t.test('a group that a rule or a person moved main out of is not taken for its own', { skip }, async (t) => {
  const foster = await Supervisor.start(t, { 'moved.conf': 'cgroup pids.max 30\nexec sleep 1000\n' });
  await foster.cli('start', 'moved');
  const before = await foster.status('moved');
  const [pids] =
    typeof usable === 'string' ? [] : usable.filter(({ controllers }) => controllers.includes('pids'));
  setGroupFile(pids!.own, 'cgroup.procs', String(before.main));
  await foster.kill();
  await foster.begin();
  const after = await foster.untilStatus('moved', ({ state }) => state === 'running');
  t.same(after.cgroup?.paths, before.cgroup?.paths);
  await foster.cli('stop', 'moved');
  await until('the end of the groups', () => before.cgroup!.paths.every((path) => !existsSync(path)));
});

t.test(
  'a worker that was forked while foster was down, and has changed its user, session and limits, is known by its group',
  { skip },
  async (t) => {
    const foster = Supervisor.prepare(t, {});
    const go = join(foster.directory, 'go');
    const worker = 'setsid setpriv --reuid=65534 --clear-groups prlimit --rttime=unlimited sleep 1234';
    foster.write(
      'stays.conf',
      `cgroup pids.max 30\nkill mode cgroup\nscript\n  until [ -e ${go} ]; do sleep 0.1; done\n  (${worker} &)\n  exec sleep 1000\nend script\n`,
    );
    await foster.begin();
    await foster.cli('start', 'stays');
    const { main } = await foster.untilStatus('stays', ({ state }) => state === 'running');
    await foster.kill();
    writeFileSync(go, '');
    const born = await until('the worker', () => {
      const found = allProcesses().filter(({ pid }) => commandLine(pid) === 'sleep 1234');
      return found.length === 1 && groupOf(found[0]!.pid, 'pids') === groupOf(main!, 'pids') && found[0]!.pid;
    });
    await foster.begin();
    await foster.untilStatus('stays', (now) => now.main === main && now.detached.includes(born));
    await foster.cli('stop', 'stays');
    t.notOk(isAlive(born), 'a stop ends it with the group');
  },
);
