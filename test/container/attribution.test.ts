/**
 * Ten services put themselves in the background at the same moment, in ten ways: whose is which orphan? Twenty rounds are
 * FOSTER_TEST_ROUNDS=20 (and TAP_TIMEOUT=300); a few are enough for every day.
 */
import { test, type Test } from 'tap';
import type { SourceName } from '../../src/tracker/sources/source.js';
import { until } from '../helpers/until.js';
import { DAEMONS, DROPS_RIGHTS, needsPerl, PERL } from '../tracker/sources/programs.js';
import { PERFMON } from './support/bundle.js';
import { Container, noContainers, type Contents } from './support/container.js';

const skip = noContainers() || needsPerl;

const ROUNDS = Number(process.env['FOSTER_TEST_ROUNDS'] ?? 2);

/** What perl is given after -e, by the name of the service. */
const PROGRAMS = new Map(
  [...Object.values(DAEMONS), DROPS_RIGHTS].map((words, index) => [`service${index}`, words[2]!]),
);

/** Each says who stays in a file of its name. */
function files(): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, program] of PROGRAMS) {
    all[`${name}.conf`] =
      `start on go\nrespawn\nexec sh -c "exec ${PERL} /etc/foster/${name}.program 3>/tmp/${name}"\n`;
    all[`${name}.program`] = program;
  }
  return all;
}

async function everyMainIsRight(t: Test, source: SourceName, contents: Contents): Promise<void> {
  const container = await Container.start(t, { ...contents, jobs: files(), args: ['--tracker', source] });
  for (let round = 1; round <= ROUNDS; round++) {
    await container.client.request('/v1/events', { method: 'POST', body: { event: 'go', wait: false } });
    const mains = new Map<string, number>();
    for (const name of PROGRAMS.keys()) {
      const truth = await until(
        `${name} to be up`,
        () => Number(container.read(`/tmp/${name}`)) || undefined,
      );
      // an intermediate process may be main for a moment, while the last one is up already
      const { main } = await container.untilStatus(
        name,
        (status) => status.state === 'running' && status.main === truth,
      );
      t.equal(main, truth, `round ${round}: main of ${name}`);
      mains.set(name, truth);
    }
    t.equal(new Set(mains.values()).size, PROGRAMS.size, 'each is of one job alone');
    for (const name of PROGRAMS.keys()) {
      t.equal((await container.status(name)).respawns, 0, `${name} was launched once`);
      await container.client.request(`/v1/jobs/${name}/stop`, { method: 'POST', body: {} });
      t.equal(container.read(`/proc/${mains.get(name)}/stat`), undefined, `${name} is gone after its stop`);
    }
    await container.exec('sh', '-c', 'rm /tmp/service*');
  }
}

const PLACES: Readonly<Partial<Record<SourceName, Contents>>> = { perf: PERFMON, ptrace: {}, procfs: {} };

for (const [source, contents] of Object.entries(PLACES)) {
  test(`ten services that daemonise at once, followed by ${source}`, { skip }, (t) =>
    everyMainIsRight(t, source as SourceName, contents),
  );
}
