/** A supervisor that was killed: its jobs live on, and the next one takes them back without restarting any. */
import { test } from 'tap';
import { isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const PLAIN = 'exec sleep 1000\nrespawn\n';
const DAEMON = 'script\n  (sleep 1000 & ) &\nend script\nrespawn\n';

test('after kill -9 of the supervisor the next one takes its jobs back', async (t) => {
  const jobs = { 'plain.conf': PLAIN, 'daemon.conf': DAEMON, 'stopped.conf': PLAIN };
  const supervisor = await Supervisor.start(t, jobs);
  await supervisor.cli('start', 'plain', 'daemon');
  const before = await Promise.all(['plain', 'daemon'].map((name) => supervisor.status(name)));

  await supervisor.kill();
  t.ok(
    before.every(({ main }) => isAlive(main!)),
    'jobs live on without a supervisor',
  );
  await supervisor.begin();

  for (const { name, main } of before) {
    t.match(await supervisor.status(name), { main, state: 'running', goal: 'start', respawns: 0 });
  }
  t.match(await supervisor.status('stopped'), { main: null, state: 'waiting' });

  // they are supervised as before
  const { main } = before[1]!;
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus(
    'daemon',
    (now) => now.state === 'running' && now.main !== main && now.respawns === 1,
  );
  t.match(await supervisor.cli('stop', 'plain', 'daemon'), { status: 0 });
  await until('the end of plain', () => !isAlive(before[0]!.main!));
});

test('what died meanwhile is found out, and respawned', async (t) => {
  const supervisor = await Supervisor.start(t, { 'plain.conf': PLAIN });
  await supervisor.cli('start', 'plain');
  const { main } = await supervisor.status('plain');
  await supervisor.kill();
  process.kill(main!, 'SIGKILL');
  await until('its end', () => !isAlive(main!));
  await supervisor.begin();
  const after = await supervisor.untilStatus('plain', (now) => now.state === 'running' && now.main !== main);
  t.ok(isAlive(after.main!));
});

test('no line of output is lost over a crash of the supervisor', async (t) => {
  const script =
    'script\n  n=0\n  while [ $n -lt 400 ]; do n=$((n+1)); echo line $n; sleep 0.005; done\n  exec sleep 1000\nend script\n';
  const supervisor = await Supervisor.start(t, { 'writer.conf': script });
  await supervisor.cli('start', 'writer');
  const printed = async () => (await supervisor.cli('log', '-n', '1000', 'writer')).out;
  await until('some output', async () => (await printed()).includes('line 20\n'));
  await supervisor.kill();
  await supervisor.begin();
  const out = await until('all output', async () => {
    const text = await printed();
    return text.includes('line 400\n') && text;
  });
  const wanted = Array.from({ length: 400 }, (_, index) => `line ${index + 1}`);
  t.same(out.trimEnd().split('\n'), wanted);
});
