/** `start on a and b`, `stop on c and d`: what has come is known to the foster after a crash, and to none after an orderly end. */
import { test } from 'tap';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const JOBS = { 'half.conf': 'start on a and b\nstop on c and d\nexec sleep 15001\n' };

const latches = ({ rundir }: Supervisor): string => join(rundir, 'latches');

async function emit(supervisor: Supervisor, event: string): Promise<void> {
  await supervisor.cli('emit', '--no-wait', event);
}

test('half an and outlives a crash of foster, and no orderly end', async (t) => {
  const supervisor = await Supervisor.start(t, JOBS);
  await emit(supervisor, 'a');
  await until('the file', () => existsSync(latches(supervisor)));
  await supervisor.kill();
  await supervisor.begin();
  await emit(supervisor, 'b');
  await supervisor.untilStatus('half', ({ state }) => state === 'running');
  await until('the end of the file, since nothing is held', () => !existsSync(latches(supervisor)));

  await emit(supervisor, 'c');
  await until('the file', () => existsSync(latches(supervisor)));
  await supervisor.kill();
  await supervisor.begin();
  await emit(supervisor, 'd');
  await supervisor.untilStatus('half', ({ goal }) => goal === 'stop');

  await emit(supervisor, 'a');
  await until('the file', () => existsSync(latches(supervisor)));
  await supervisor.shutDown();
  await supervisor.begin();
  await until('the end of the file', () => !existsSync(latches(supervisor)));
  await emit(supervisor, 'b');
  t.match(await supervisor.status('half'), { goal: 'stop', state: 'waiting' });
});

test('a damaged file is reported, and nothing else is lost by it', async (t) => {
  const supervisor = await Supervisor.start(t, { ...JOBS, 'web.conf': 'exec sleep 15002\n' });
  await supervisor.cli('start', 'web');
  const { main } = await supervisor.status('web');
  await supervisor.kill();
  writeFileSync(latches(supervisor), '{"version": 1, "latches": [');
  await supervisor.begin();
  await supervisor.untilMessage(/latches/);
  t.equal((await supervisor.status('web')).main, main);
});
