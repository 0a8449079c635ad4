/** Every source must give the same verdicts of the same daemons. */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { test } from 'tap';

import type { SourceName } from '../../../src/tracker/sources/source.js';
import { kernel, Lines, shell, temporaryDirectory } from '../../kernel/support.js';
import { findsMain, keyOf, LiveJobs, skipped, type Teardown } from './live-jobs.js';
import { DAEMONS, DROPS_RIGHTS, FAILS, needsPerl, PERL, RELOADABLE, STOPS_ITSELF } from './programs.js';

const { SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGCONT, SIGSTOP } = constants.signals;
const NAMES: readonly SourceName[] = ['connector', 'perf', 'ptrace', 'procfs'];

for (const name of NAMES) {
  const skip = skipped(name) || needsPerl;

  for (const [way, argv] of Object.entries(DAEMONS)) {
    test(`${name}: main is found of a program that ${way}`, { skip }, (t) => findsMain(t, name, argv));
  }

  test(`${name}: ten services that daemonise at once are told apart`, { skip }, async (t) => {
    const jobs = new LiveJobs(t, name);
    const services = Array.from({ length: 10 }, (_, index) => ({
      job: `service-${index}`,
      lines: new Lines(t),
    }));
    for (const { job, lines } of services) {
      jobs.launch(job, DAEMONS['forks twice']!, { descriptors: [lines.writer] });
    }
    for (const { job, lines } of services) {
      const truth = Number(await lines.next());
      await jobs.until(() => jobs.mainOf(job) === truth);
    }
    t.equal(new Set(services.map(({ job }) => jobs.mainOf(job))).size, services.length);
  });

  test(`${name}: an orphan of somebody else belongs to no job`, { skip }, async (t) => {
    const lines = new Lines(t);
    const jobs = new LiveJobs(t, name);
    jobs.launch('daemon', DAEMONS['forks twice, its intermediate outliving it']!, {
      descriptors: [lines.writer],
    });
    const other = new Lines(t);
    jobs.tracking.tracker.startedOther(
      shell('setsid sleep 1000 & echo $! >&3', { descriptors: [other.writer] }),
    );
    const orphan = Number(await other.next());
    t.teardown(() => kernel.processes.kill(orphan, constants.signals.SIGKILL));
    const truth = Number(await lines.next());
    await jobs.until(() => jobs.mainOf('daemon') === truth);
    t.notOk(jobs.living('daemon').includes(orphan));
  });

  test(`${name}: a launcher that fails has died, whatever it leaves behind`, { skip }, async (t) => {
    const lines = new Lines(t);
    const jobs = new LiveJobs(t, name);
    const pid = jobs.launch('daemon', FAILS, { descriptors: [lines.writer] });
    await jobs.until(() => jobs.verdicts.some(({ verdict }) => verdict === 'died'));
    t.match(jobs.verdicts.at(-1), { verdict: 'died', pid, status: 3 << 8 });
    t.equal(jobs.living('daemon').length, 1, 'and what it leaves behind is known');
  });

  test(`${name}: a program that execs itself and daemonises again keeps its job`, { skip }, async (t) => {
    const { jobs, lines, truth } = await reloadable(t, name);
    kernel.processes.kill(truth, SIGHUP);
    const again = Number(await lines.next());
    t.not(again, truth);
    await jobs.until(() => jobs.mainOf('daemon') === again);
    t.notOk(jobs.tracking.tracker.follower(keyOf('daemon'))?.over);
  });

  test(`${name}: a binary upgrade hands the job to the new program`, { skip }, async (t) => {
    const { jobs, lines, truth } = await reloadable(t, name);
    kernel.processes.kill(truth, SIGUSR2);
    const heir = Number(await lines.next());
    t.equal(jobs.mainOf('daemon'), truth, 'while both live, the old one is main');
    kernel.processes.kill(truth, SIGQUIT);
    await jobs.until(() => jobs.mainOf('daemon') === heir);
    t.notOk(jobs.tracking.tracker.follower(keyOf('daemon'))?.over);
  });

  test(`${name}: stops and signals reach the job and the supervisor alike`, { skip }, async (t) => {
    const lines = new Lines(t);
    const jobs = new LiveJobs(t, name);
    const pid = jobs.launch('daemon', STOPS_ITSELF, { descriptors: [lines.writer] });
    await jobs.until(() => jobs.stops.length > 0);
    t.same(jobs.stops, [{ pid, signal: SIGSTOP }]);
    kernel.processes.kill(pid, SIGCONT);
    t.equal(Number(await lines.next()), pid);
    kernel.processes.kill(pid, SIGUSR1);
    t.equal(await lines.next(), 'USR1');
  });

  const asRoot = process.getuid?.() === 0 ? skip : 'needs root';
  test(`${name}: main is found of a program that changes its uid`, { skip: asRoot }, async (t) => {
    const lines = new Lines(t);
    const jobs = new LiveJobs(t, name);
    jobs.launch('daemon', DROPS_RIGHTS, { descriptors: [lines.writer] });
    const truth = Number(await lines.next());
    await jobs.until(() => jobs.mainOf('daemon') === truth);
    t.same(jobs.living('daemon'), [truth]);
  });
}

async function reloadable(t: Teardown, name: SourceName) {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, name);
  const script = join(temporaryDirectory(t), 'reloadable');
  writeFileSync(script, RELOADABLE);
  jobs.launch('daemon', [PERL, script], { descriptors: [lines.writer] });
  const truth = Number(await lines.next());
  await jobs.until(() => jobs.mainOf('daemon') === truth);
  return { jobs, lines, truth };
}
