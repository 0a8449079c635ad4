/** Behaviours 37 to 66 of Upstart's own tests with real processes, by example; each is tested for itself in supervisor/core. */
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'tap';
import { isAlive } from '../helpers/processes.js';
import { printed, refused, SERVICE, Upstart } from '../helpers/upstart.js';
import { until } from '../helpers/until.js';

/** A task that writes down each event of the job and what it says. */
const witness = (job: string): string =>
  `start on starting ${job} or started ${job} or stopping ${job} or stopped ${job}\n` +
  'instance $UPSTART_EVENTS\ntask\nexec echo $UPSTART_EVENTS $RESULT $PROCESS $EXIT_STATUS $EXIT_SIGNAL >> $OUT/journal\n';

test('37: start and stop pass through all states in order, each hook in its own', async (t) => {
  const say = (hook: string): string => `${hook} exec echo ${hook} >> $OUT/journal\n`;
  const upstart = await Upstart.start(t, {
    'foo.conf': ['pre-start', 'post-start', 'pre-stop', 'post-stop'].map(say).join('') + SERVICE,
    'witness.conf': witness('foo'),
  });
  await upstart.ctl('start foo');
  await upstart.ctl('stop foo');
  const lines = (await upstart.lines(8)).map((line) => line.trim());
  // nothing waits for `started`, so its witness may be late
  t.ok(lines.includes('started'));
  t.same(
    lines.filter((line) => line !== 'started'),
    ['starting', 'pre-start', 'post-start', 'pre-stop', 'stopping ok', 'post-stop', 'stopped ok'],
  );
});

test('41: start of a service is answered when it runs, 42: of a task when it has finished', async (t) => {
  const upstart = await Upstart.start(t, {
    'service.conf': SERVICE,
    'task.conf':
      'task\nscript\n  echo done >> $OUT/journal\nend script\npost-stop exec echo after >> $OUT/journal\n',
  });
  t.same(await upstart.ctl('start service'), printed('service start/running, process PID\n'));
  t.same(await upstart.ctl('start task'), printed('task stop/waiting\n'));
  t.same(readFileSync(`${upstart.directory}/journal`, 'utf8'), 'done\nafter\n');
});

test('43: a pre-stop that starts the job again cancels the stop, and main is left alone', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': `pre-stop exec sh -c "until [ -e $OUT/go ]; do sleep 0.05; done"\n${SERVICE}`,
  });
  await upstart.ctl('start foo');
  const { main } = await upstart.supervisor.status('foo');
  const stop = upstart.ctl('stop foo');
  await upstart.untilPrinted('status foo', /stop\/pre-stop/);
  const start = upstart.ctl('start foo');
  await upstart.untilPrinted('status foo', /start\/pre-stop/);
  writeFileSync(`${upstart.directory}/go`, '');
  await Promise.all([stop, start]);
  await upstart.untilPrinted('status foo', /start\/running/);
  t.equal((await upstart.supervisor.status('foo')).main, main);
});

test('53: a service is respawned after any exit; 54: at the limit it is stopped with PROCESS=respawn', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': 'respawn\nrespawn limit 2 60\nexec true\n',
    'seen.conf': 'start on stopped foo\ntask\nexec echo $RESULT $PROCESS >> $OUT/journal\n',
  });
  await upstart.ctl('start foo');
  t.same(await upstart.lines(1), ['failed respawn']);
  await upstart.supervisor.untilMessage(/foo respawning too fast, stopped/);
  const respawns = upstart.supervisor.messages.match(/foo main process ended, respawning/g) ?? [];
  t.equal(respawns.length, 2);
});

test('56: stopping and stopped tell how main failed, by its status or the name of the signal', async (t) => {
  const upstart = await Upstart.start(t, {
    'status.conf': 'task\nexec sh -c "exit 3"\n',
    'signal.conf': 'task\nscript\n  kill -USR1 $$\nend script\n',
    'witness.conf': witness('status'),
    'other.conf': witness('signal'),
  });
  t.same(await upstart.ctl('start status'), refused('Job failed to start'));
  await upstart.ctl('start signal');
  const told = (await upstart.lines(8)).filter((line) => line.startsWith('stop'));
  t.same(told.sort(), [
    'stopped failed main 3',
    'stopped failed main USR1',
    'stopping failed main 3',
    'stopping failed main USR1',
  ]);
});

test('57: when main dies while post-start runs, the job waits for the hook and is respawned then', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': `respawn
post-start exec sh -c "until [ -e $OUT/go ]; do sleep 0.05; done"
script
  [ -e $OUT/once ] || { : > $OUT/once; exit 1; }
  exec sleep 1000
end script
`,
  });
  const start = upstart.ctl('start foo');
  await upstart.untilPrinted('status foo', /^foo respawn\/post-start, \(post-start\) process PID$/m);
  writeFileSync(`${upstart.directory}/go`, '');
  await start;
  await upstart.untilPrinted('status foo', /start\/running, process PID/);
});

test('59: what does not end by the kill signal gets KILL after kill timeout, and nothing of it is left', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf':
      'kill timeout 1\nscript\n  trap "" TERM\n  echo ready >> $OUT/journal\n  while :; do sleep 0.1; done\nend script\n',
  });
  await upstart.ctl('start foo');
  await upstart.lines(1);
  const { main } = await upstart.supervisor.status('foo');
  t.same(await upstart.ctl('stop foo'), printed('foo stop/waiting\n'));
  t.notOk(isAlive(main!));
});

test('60: half of an and holds its event; the whole starts the job with the variables of both', async (t) => {
  const upstart = await Upstart.start(t, {
    'foo.conf': 'start on one and two\ntask\nexec echo "$UPSTART_EVENTS $A $B" >> $OUT/journal\n',
  });
  let isOver = false;
  const one = upstart.ctl('emit one A=1').then(() => (isOver = true));
  await until('the event to be held', async () => {
    const pending = await upstart.supervisor.client.request<readonly { what: string }[]>('/v1/pending');
    return pending.some(({ what }) => what.startsWith('event one'));
  });
  t.notOk(isOver);
  await upstart.ctl('emit two B=2');
  await one;
  t.same(await upstart.lines(1), ['one two 1 2']);
});

test('61: one event in both expressions starts a stopped job and restarts a running one', async (t) => {
  const upstart = await Upstart.start(t, { 'foo.conf': `start on tick\nstop on tick\n${SERVICE}` });
  await upstart.ctl('emit tick');
  const { main: first } = await upstart.supervisor.status('foo');
  await upstart.ctl('emit tick');
  const { main: second } = await upstart.supervisor.status('foo');
  t.ok(first !== null && second !== null && first !== second);
});

test('64: a failed event is followed by NAME/failed with the same variables, once', async (t) => {
  const upstart = await Upstart.start(t, {
    'fails.conf': 'start on go\ntask\nexec false\n',
    'seen.conf':
      'start on go/failed\ntask\nscript\n  echo "$UPSTART_EVENTS $X" >> $OUT/journal\n  exit 1\nend script\n',
    'never.conf': 'start on go/failed/failed\ntask\nexec echo never >> $OUT/journal\n',
    'last.conf': 'start on last\ntask\nexec echo last >> $OUT/journal\n',
  });
  t.same(await upstart.ctl('emit go X=1'), refused('Event failed'));
  await upstart.lines(1);
  await upstart.ctl('emit last');
  t.same(await upstart.lines(2), ['go/failed 1', 'last']);
});
