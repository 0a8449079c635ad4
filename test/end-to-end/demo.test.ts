import { fileURLToPath } from 'node:url';
import t from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';

const DEMO = fileURLToPath(new URL('../../../scripts/demo.sh', import.meta.url));

t.test('npm run demo shows a daemon that is found, killed, and found again', async (t) => {
  const demo = spawnChild('bash', [DEMO], { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => demo.kill());
  const { status, out, err } = await outcomeOf(demo);
  t.equal(status, 0, err);
  t.match(out, /hand-off: pid=\d+ to=\d+ job=ticker/);
  const verdict = /Process (\d+) was killed, and foster respawned the job: process (\d+) is the daemon now/;
  const [, old, heir] = verdict.exec(out) ?? [];
  t.ok(old);
  t.not(heir, old);
  t.match(
    out,
    new RegExp(`died: pid=${old} job=ticker[^]*main: pid=${heir} job=ticker`),
    'the exit is reported first',
  );
  t.match(out, /ticker stop\/waiting/);
});
