import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import type { FeedEntry } from '../../src/supervisor/api/feed.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

/** The variables of the `file` events so far, without FILE. */
function seen(entries: readonly FeedEntry[]): readonly string[] {
  return entries.flatMap((entry) =>
    entry.type === 'event' && entry.name === 'file'
      ? [entry.env.filter((variable) => !variable.startsWith('FILE=')).join(' ')]
      : [],
  );
}

function lines(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

test('a file that is made, modified, replaced and deleted yields the events', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const file = join(supervisor.directory, 'spool', 'deep', 'order');
  supervisor.write('order.conf', `start on file FILE=${file}\ntask\nexec true\n`);
  await supervisor.begin();
  const entries = await supervisor.follow(t);
  const next = async (what: string, act: () => void) => {
    const before = seen(entries).length;
    act();
    await until(what, () => seen(entries).length > before);
    t.equal(seen(entries).at(-1), what);
  };
  await next('EVENT=create', () => {
    mkdirSync(join(supervisor.directory, 'spool', 'deep'), { recursive: true });
    writeFileSync(file, 'one');
  });
  await next('EVENT=modify', () => writeFileSync(file, 'another'));
  await next('EVENT=modify', () => {
    writeFileSync(`${file}.new`, 'replaced as an editor does');
    renameSync(`${file}.new`, file);
  });
  await next('EVENT=delete', () => rmSync(file));
  await next('EVENT=create', () => writeFileSync(file, 'again'));
});

test('a pattern stands for every file that fits, and MATCH says which it was', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const spool = join(supervisor.directory, 'spool');
  mkdirSync(spool);
  const pattern = join(spool, '*.job');
  supervisor.write(
    'order.conf',
    `start on file FILE=${pattern} EVENT=create\ninstance $MATCH\nscript\n  echo "$FILE $EVENT $MATCH" >>${spool}/log\nend script\ntask\n`,
  );
  await supervisor.begin();
  const entries = await supervisor.follow(t);
  writeFileSync(join(spool, 'other'), '');
  writeFileSync(join(spool, 'a.job'), '');
  writeFileSync(join(spool, 'b.job'), '');
  await until('two events', () => seen(entries).length === 2);
  const events = ['a', 'b'].map((name) => `EVENT=create MATCH=${spool}/${name}.job`);
  t.same([...seen(entries)].sort(), events);
  await until('both runs', () => lines(join(spool, 'log')).length === 2);
  t.same(
    [...lines(join(spool, 'log'))].sort(),
    ['a', 'b'].map((name) => `${pattern} create ${spool}/${name}.job`),
    'what the job is told',
  );
});

test('what exists already starts the job at the start and at a reload, and not after a crash of the supervisor', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const file = join(supervisor.directory, 'present');
  writeFileSync(file, '');
  supervisor.write('first.conf', `start on file FILE=${file} EVENT=create\nexec sleep 1000\n`);
  await supervisor.begin();
  await supervisor.untilStatus('first', ({ state }) => state === 'running');
  supervisor.write(
    'second.conf',
    `start on file FILE=${supervisor.directory}/pres?nt EVENT=create\nexec sleep 1000\n`,
  );
  await supervisor.cli('reload-configuration');
  await supervisor.untilStatus('second', ({ state }) => state === 'running');
  await supervisor.cli('stop', 'second');
  await supervisor.kill();
  await supervisor.begin();
  t.match(await supervisor.status('first'), { state: 'running' });
  t.match(await supervisor.status('second'), { state: 'waiting' });
  writeFileSync(join(supervisor.directory, 'presXnt'), '');
  await supervisor.untilStatus('second', ({ state }) => state === 'running');
});
