/**
 * Under a tracer a program is slow, cannot be debugged and loses the rights of setuid files. So foster traces a job only while
 * it starts: 3 s after the last hand-off, or 5 s after the start of one that hands nothing off, it has let go.
 */
import { test } from 'tap';
import { readProcessStatus } from '../../src/kernel/proc/process-status.js';
import type { SourceName } from '../../src/tracker/sources/source.js';
import { allProcesses, namespaceOf } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { DAEMONS, needsPerl, PERL } from '../tracker/sources/programs.js';
import { PERFMON } from './support/bundle.js';
import { Container, noContainers, type Contents } from './support/container.js';

const skip = noContainers() || needsPerl;

/** Nothing may be traced any more so long after the last job was up. */
const LONGEST_MS = 10_000;

/** Daemons in many ways, and one program that stays in the foreground. */
function jobs(): Record<string, string> {
  const files: Record<string, string> = {
    'foreground.conf': 'start on go\nexec sh -c "sleep 1000; exit 0"\n',
  };
  for (const [index, words] of Object.values(DAEMONS).entries()) {
    files[`daemon${index}.conf`] =
      `start on go\nexec sh -c "exec ${PERL} /etc/foster/daemon${index}.program 3>/tmp/daemon${index}"\n`;
    files[`daemon${index}.program`] = words[2]!;
  }
  return files;
}

/** Pids, as seen from outside, of all processes inside that somebody traces. */
function traced(container: Container): readonly number[] {
  const namespace = namespaceOf(container.pid, 'pid');
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => (readProcessStatus(pid)?.tracer ?? 0) !== 0 && namespaceOf(pid, 'pid') === namespace);
}

const PLACES: Readonly<Partial<Record<SourceName, Contents>>> = { ptrace: {}, perf: PERFMON };

for (const [source, contents] of Object.entries(PLACES)) {
  test(`with ${source} nothing is traced ten seconds after it settled`, { skip }, async (t) => {
    const files = jobs();
    const container = await Container.start(t, { ...contents, jobs: files, args: ['--tracker', source] });
    await container.client.request('/v1/events', { method: 'POST', body: { event: 'go', wait: false } });
    const names = Object.keys(files).flatMap((file) => /^(.*)\.conf$/.exec(file)?.[1] ?? []);
    for (const name of names) await container.untilStatus(name, ({ state }) => state === 'running');
    const settled = performance.now();
    let most = traced(container).length;
    await until('everything to be let go of', () => {
      const now = traced(container).length;
      most = Math.max(most, now);
      return now === 0;
    });
    const took = performance.now() - settled;
    t.ok(took < LONGEST_MS, `let go of after ${Math.round(took)} ms`);
    if (source === 'perf') t.equal(most, 0, 'perf traces nobody at all');
    else t.ok(most > 0, `as many as ${most} were traced`);
    for (const name of names) t.equal((await container.status(name)).state, 'running', `${name} goes on`);
  });
}
