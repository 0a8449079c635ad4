import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { test, type Test } from 'tap';

import { SavedSchedule } from '../../../src/supervisor/schedule/saved-schedule.js';
import { temporaryDirectory } from '../../kernel/support.js';

const JOBS = new Map([['backup', { schedule: '0 2 * * *', doneUntil: 1_700_000_000_000 }]]);

function place(t: Test): { directory: string; file: string; said: string[]; saved: () => SavedSchedule } {
  const directory = join(temporaryDirectory(t), 'state');
  const said: string[] = [];
  const saved = (): SavedSchedule =>
    new SavedSchedule(directory, (level, text) => said.push(`${level}: ${text}`));
  return { directory, file: join(directory, 'schedule.json'), said, saved };
}

test('what is written is read by the next foster', (t) => {
  const { directory, file, said, saved } = place(t);
  t.equal(saved().read().size, 0, 'there is nothing at the first installation');
  saved().write(JOBS);
  t.same([...saved().read()], [...JOBS]);
  t.same(readdirSync(directory), ['schedule.json']);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.same(said, []);
  t.end();
});

test('where no job has a persistent schedule, no file is made; what has not changed is not written again', (t) => {
  const { directory, file, saved } = place(t);
  saved().write(new Map());
  t.throws(() => statSync(directory), { code: 'ENOENT' });
  const one = saved();
  one.write(JOBS);
  const { ino } = statSync(file);
  one.write(new Map(JOBS));
  t.equal(statSync(file).ino, ino);
  const next = saved();
  next.read();
  next.write(JOBS);
  t.equal(statSync(file).ino, ino);
  next.write(new Map());
  t.same(JSON.parse(readFileSync(file, 'utf8')), { version: 1, jobs: {} });
  t.end();
});

test('a file that cannot be read is reported, counts as none, and is replaced', (t) => {
  for (const text of [
    '',
    '{',
    '[]',
    '{"version":2,"jobs":{}}',
    '{"version":1,"jobs":{"a":{"schedule":"x","doneUntil":1e999}}}',
  ]) {
    const { file, said, saved, directory } = place(t);
    mkdirSync(directory);
    writeFileSync(file, text);
    const one = saved();
    t.equal(one.read().size, 0, text);
    t.match(said, [
      /^warn: .*schedule\.json cannot be read .*: missed times of schedules are not made up for$/,
    ]);
    one.write(JOBS);
    t.same([...saved().read()], [...JOBS]);
  }
  t.end();
});

test(
  'what others could have written is not believed, and not written to',
  { skip: process.getuid?.() !== 0 && 'needs root' },
  (t) => {
    const open = place(t);
    open.saved().write(JOBS);
    chmodSync(open.directory, 0o777);
    const one = open.saved();
    t.equal(one.read().size, 0);
    one.write(new Map());
    t.match(open.said, [/^warn: .*state is writable by everyone/]);
    t.same(JSON.parse(readFileSync(open.file, 'utf8')), { version: 1, jobs: Object.fromEntries(JOBS) });

    const strange = place(t);
    strange.saved().write(JOBS);
    chownSync(strange.file, 65534, 65534);
    t.equal(strange.saved().read().size, 0);
    t.match(strange.said, [/schedule\.json belongs to user 65534/]);

    const linked = place(t);
    mkdirSync(linked.directory);
    symlinkSync('/etc/passwd', linked.file);
    t.equal(linked.saved().read().size, 0);
    linked.saved().write(JOBS);
    t.notOk(statSync(linked.file).isSymbolicLink());
    t.match(readFileSync('/etc/passwd', 'utf8'), /^root:/m);
    t.end();
  },
);

test('where nothing can be written foster says so once', (t) => {
  const { directory, said, saved } = place(t);
  writeFileSync(directory, 'a file');
  const one = saved();
  one.write(JOBS);
  one.write(new Map([['b', { schedule: '@daily', doneUntil: 1 }]]));
  t.equal(said.length, 1);
  t.match(said[0], /^warn: Missed times of schedules cannot be made up for later: /);
  t.end();
});
