import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { LoginRecords, RECORD_SIZE, runlevelIn } from '../../../src/supervisor/lifecycle/login-records.js';
import { machineEndOf } from '../../../src/supervisor/lifecycle/machine-end.js';

function files(t: { teardown(handler: () => void): void }) {
  const directory = mkdtempSync(join(tmpdir(), 'foster-utmp-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return { utmp: join(directory, 'utmp'), wtmp: join(directory, 'wtmp') };
}

t.test('utmp has the boot and the present runlevel, wtmp all that was', (t) => {
  const paths = files(t);
  for (const path of Object.values(paths)) writeFileSync(path, '');
  const records = new LoginRecords(Date.UTC(2026, 0, 2, 3, 4, 5), paths);
  records.recordRunlevel('N', '2', Date.UTC(2026, 0, 2, 3, 5));
  records.recordRunlevel('2', '6', Date.UTC(2026, 0, 2, 3, 6));
  t.equal(readFileSync(paths.utmp).length, 2 * RECORD_SIZE);
  t.equal(readFileSync(paths.wtmp).length, 3 * RECORD_SIZE);
  t.same(runlevelIn(paths.utmp), { previous: '2', current: '6' });
  records.recordShutdown(Date.UTC(2026, 0, 2, 3, 7));
  t.equal(readFileSync(paths.wtmp).length, 4 * RECORD_SIZE);
  t.same(runlevelIn(paths.wtmp), { previous: '2', current: '6' }, 'a shutdown is no runlevel');
  t.end();
});

t.test('who and last read them', (t) => {
  const paths = files(t);
  for (const path of Object.values(paths)) writeFileSync(path, '');
  new LoginRecords(Date.UTC(2026, 0, 2, 3, 4, 5), paths).recordRunlevel('N', '2', Date.UTC(2026, 0, 2, 3, 5));
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
  const who = spawnSync('who', ['-b', '-r', paths.utmp], { env, encoding: 'utf8' });
  if (who.error !== undefined) t.comment('skipped: there is no who(1)');
  else {
    t.match(who.stdout, /system boot +2026-01-02 03:04|system boot +Jan +2 03:04/);
    t.match(who.stdout, /run-level 2 +(?:2026-01-02|Jan +2) 03:05/);
  }
  const last = spawnSync('last', ['-x', '-f', paths.wtmp], { env, encoding: 'utf8' });
  if (last.error !== undefined) t.comment('skipped: there is no last(1)');
  else t.match(last.stdout, /runlevel \(to lvl 2\)[^]*reboot +system boot/);
  t.end();
});

t.test('files that are missing are not made', (t) => {
  const paths = files(t);
  const records = new LoginRecords(0, paths);
  records.recordRunlevel('N', '2');
  records.recordShutdown();
  t.throws(() => readFileSync(paths.utmp), { code: 'ENOENT' });
  t.throws(() => readFileSync(paths.wtmp), { code: 'ENOENT' });
  t.equal(runlevelIn(paths.utmp), undefined);
  t.end();
});

t.test('what a runlevel makes of the machine', (t) => {
  t.equal(machineEndOf(['RUNLEVEL=6', 'PREVLEVEL=2']), 'reboot');
  t.equal(machineEndOf(['RUNLEVEL=0', 'PREVLEVEL=2']), 'power-off');
  t.equal(machineEndOf(['RUNLEVEL=0', 'INIT_HALT=POWEROFF']), 'power-off');
  t.equal(machineEndOf(['RUNLEVEL=0', 'INIT_HALT=HALT']), 'halt');
  t.equal(machineEndOf(['RUNLEVEL=2', 'PREVLEVEL=0']), undefined);
  t.end();
});
