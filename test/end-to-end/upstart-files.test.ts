/** Behaviours 67 to 71 of Upstart's own tests: job files that come, change and go while the supervisor runs. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { withoutInotify } from '../helpers/no-inotify.js';
import { printed, refused, SERVICE, Upstart } from '../helpers/upstart.js';

const pathOf = (upstart: Upstart, file: string): string => join(upstart.supervisor.confdir, file);

test('67: a file that is written and one that is moved into place are both noticed, and so is a link', async (t) => {
  const upstart = await Upstart.start(t);
  upstart.write('written.conf', SERVICE);
  await upstart.untilPrinted('status written', /stop\/waiting/);

  writeFileSync(join(upstart.directory, 'moved'), SERVICE);
  renameSync(join(upstart.directory, 'moved'), pathOf(upstart, 'moved.conf'));
  await upstart.untilPrinted('status moved', /stop\/waiting/);

  symlinkSync(pathOf(upstart, 'written.conf'), pathOf(upstart, 'linked.conf'));
  await upstart.untilPrinted('status linked', /stop\/waiting/);
});

test('67: a change of an expression counts at once for a job that is stopped', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': `start on one\n${SERVICE}` });
  upstart.write('foo.conf', `start on two\n${SERVICE}`);
  await upstart.untilPrinted('show-config foo', /start on two/);
  await upstart.ctl('emit one');
  t.same(await upstart.ctl('status foo'), printed('foo stop/waiting\n'));
  await upstart.ctl('emit two');
  t.same(await upstart.ctl('status foo'), printed('foo start/running, process PID\n'));
});

/** A job whose main writes down which version of its file it came from. */
const version = (word: string): string => `exec sh -c "echo ${word} >> $OUT/journal; exec sleep 1000"\n`;

test('68: a running job keeps its class over restarts and respawns; what replaced it is used after a stop', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': `respawn\n${version('old')}`, 'mark.conf': '' });
  await upstart.ctl('start foo');
  await upstart.lines(1);
  upstart.write('foo.conf', `respawn\n${version('new')}`);
  upstart.write('mark.conf', 'start on mark\n');
  await upstart.untilPrinted('show-config mark', /start on mark/);
  await upstart.ctl('restart foo');
  await upstart.lines(2);
  process.kill((await upstart.supervisor.status('foo')).main!, 'SIGKILL');
  t.same(await upstart.lines(3), ['old', 'old', 'old']);
  await upstart.ctl('stop foo');
  await upstart.ctl('start foo');
  t.same((await upstart.lines(4)).at(3), 'new');
});

test('68: a file that is deleted leaves its running job alone, and takes the name with it when that stops', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': SERVICE, 'mark.conf': SERVICE });
  await upstart.ctl('start foo');
  rmSync(pathOf(upstart, 'mark.conf'));
  rmSync(pathOf(upstart, 'foo.conf'));
  await upstart.untilPrinted('status mark', /Unknown job/);
  t.same(await upstart.ctl('status foo'), printed('foo start/running, process PID\n'));
  t.equal((await upstart.ctl('stop foo')).status, 0);
  t.same(await upstart.ctl('status foo'), refused('Unknown job: foo'));
});

test('68: a file edited into an error leaves its running job alone; repaired, it is back', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': SERVICE });
  await upstart.ctl('start foo');
  upstart.write('foo.conf', 'bogus\n');
  await upstart.supervisor.untilMessage(/foo\.conf:1: Unknown stanza/);
  t.same(await upstart.ctl('status foo'), printed('foo start/running, process PID\n'));
  await upstart.ctl('stop foo');
  t.same(await upstart.ctl('status foo'), refused('Unknown job: foo'));
  upstart.write('foo.conf', SERVICE);
  await upstart.untilPrinted('status foo', /stop\/waiting/);
});

test('69: a class and its override may come, change and go in any order', async (t) => {
  const upstart = await Upstart.start(t, { 'other.conf': 'start on other\n' });
  const put = (file: string, text?: string): void => {
    if (text === undefined) rmSync(pathOf(upstart, file));
    else upstart.write(file, text);
  };
  const conf = (word?: string): void => put('foo.conf', word && `start on ${word}\n`);
  const override = (word?: string): void => put('foo.override', word && `start on over-${word}\n`);
  const both = (changes: readonly ((word?: string) => void)[], word?: string): void =>
    changes.forEach((change) => change(word));
  const steps: readonly (readonly [string, () => void, RegExp])[] = [
    ['an override alone is nothing', () => override('1'), /Unknown job: foo/],
    ['the class comes, and has it applied', () => conf('a'), /start on over-1/],
    ['the class changes, and still has it', () => conf('b'), /start on over-1/],
    ['the override changes', () => override('2'), /start on over-2/],
    ['the override goes', () => override(), /start on b/],
    ['it comes again', () => override('3'), /start on over-3/],
    ['the class goes', () => conf(), /Unknown job: foo/],
    ['the override changes alone', () => override('4'), /Unknown job: foo/],
    ['the class comes again', () => conf('c'), /start on over-4/],
    ['both go, the override first', () => both([override, conf]), /Unknown job: foo/],
    ['both come, the class first', () => both([conf, override], 'd'), /start on over-d/],
    ['an override in error is not applied', () => upstart.write('foo.override', 'bogus\n'), /start on d/],
  ];
  for (const [what, act, expected] of steps) {
    act();
    await upstart.untilPrinted('show-config foo', expected);
    t.pass(what);
  }
});

test('70: the directory itself may go and come back', async (t) => {
  const upstart = await Upstart.start(t, { 'stopped.conf': SERVICE, 'running.conf': SERVICE });
  await upstart.ctl('start running');
  rmSync(upstart.supervisor.confdir, { recursive: true });
  await upstart.untilPrinted('status stopped', /Unknown job/);
  t.same(await upstart.ctl('list'), printed('running start/running, process PID\n'));
  mkdirSync(upstart.supervisor.confdir);
  upstart.write('back.conf', SERVICE);
  await upstart.untilPrinted('status back', /stop\/waiting/);
});

test('71: without inotify jobs run as well, and files are read when that is asked for', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': SERVICE }, { env: withoutInotify(t) });
  await upstart.supervisor.untilMessage(/foster cannot watch the job files in /);
  t.same(await upstart.ctl('start foo'), printed('foo start/running, process PID\n'));
  upstart.write('bar.conf', SERVICE);
  t.same(await upstart.ctl('reload-configuration'), printed(''));
  t.same(await upstart.ctl('status bar'), printed('bar stop/waiting\n'));
});
