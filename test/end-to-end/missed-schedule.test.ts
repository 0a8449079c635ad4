/** `schedule persistent` over the end of a machine: foster as PID 1 twice, with one state directory. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mayMakeNamespaces, PidOne, scratchDirectory } from '../helpers/pid-one.js';
import type { SavedTimes } from '../../src/supervisor/schedule/timetable.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const YEARLY = '0 0 1 1 *';
const JOBS = {
  'boot.conf': 'start on startup\ntask\nconsole output\nexec sh -c "sleep 0.3; echo up"\n',
  'backup.conf': `schedule ${YEARLY}\nschedule persistent\ntask\nconsole output\nexec echo made up\n`,
  'canary.conf': `schedule ${YEARLY}\nschedule persistent\ntask\nconsole output\nexec echo missed\n`,
  'other.conf': `schedule ${YEARLY}\ntask\nconsole output\nexec echo not wanted\n`,
};

t.test('what was missed is started once, after the boot, and not again at the next one', async (t) => {
  const directory = scratchDirectory(t);
  const statedir = join(directory, 'state');
  const file = join(statedir, 'schedule.json');
  mkdirSync(statedir);
  const doneUntil = Date.now() - 800 * 86_400_000;
  const jobs = { backup: { schedule: YEARLY, doneUntil }, other: { schedule: YEARLY, doneUntil } };
  writeFileSync(file, JSON.stringify({ version: 1, jobs }));
  const boot = (): PidOne =>
    new PidOne(t, directory, { jobs: JOBS, args: ['--statedir', statedir, '--log-priority', 'info'] });

  const first = boot();
  await first.untilOut(/made up/);
  t.equal(first.out, 'boot: up\nbackup: made up\n');
  const saved = JSON.parse(readFileSync(file, 'utf8')) as { jobs: Record<string, SavedTimes> };
  t.same(Object.keys(saved.jobs).sort(), ['backup', 'canary']);
  t.ok(saved.jobs['backup']!.doneUntil > Date.now() - 60_000);
  first.signal('SIGTERM');
  await first.ended;

  const canary = { schedule: YEARLY, doneUntil };
  writeFileSync(file, JSON.stringify({ ...saved, jobs: { ...saved.jobs, canary } }));
  const second = boot();
  await second.untilOut(/missed/);
  t.equal(second.out, 'boot: up\ncanary: missed\n');
});
