/** What --json prints is what the schemas in docs/ say. */
import { test } from 'tap';
import { misfits } from '../helpers/schemas.js';
import { Supervisor } from '../helpers/supervisor.js';

const JOBS = {
  'daemon.conf': 'description "a daemon"\nscript\n  (sleep 1000 & ) &\nend script\nrespawn\n',
  'many.conf': 'instance $N\nexec sleep 1000\n',
  'bad.conf': 'exec sh -c "echo no luck; exit 3"\n',
  'hooks.conf': 'exec sleep 1000\npost-stop exec true\n',
};

const DOCUMENTED = [
  ['status', ['status', 'daemon']],
  ['status', ['status', 'many', 'N=1']],
  ['status', ['status', 'bad']],
  ['command', ['start', 'hooks']],
  ['command', ['stop', 'hooks']],
  ['error', ['start', 'no-such-job']],
  ['tree', ['tree', 'daemon']],
  ['health', ['health']],
  ['version', ['version']],
] as const;

test('the output of --json fits its schema', async (t) => {
  const supervisor = await Supervisor.start(t, JOBS);
  await supervisor.cli('start', 'daemon');
  await supervisor.cli('start', 'many', 'N=1');
  await supervisor.cli('start', 'bad');
  for (const [schema, args] of DOCUMENTED) {
    const { out } = await supervisor.cli(...args, '--json');
    t.same(misfits(schema, JSON.parse(out)), [], `foster ${args.join(' ')}: ${out}`);
  }
  const { out } = await supervisor.cli('status', '--json');
  const all = JSON.parse(out) as readonly unknown[];
  t.equal(all.length, 4);
  for (const status of all) t.same(misfits('status', status), []);
});

test('every line of foster events --json fits its schema', async (t) => {
  const supervisor = await Supervisor.start(t, JOBS);
  const entries = await supervisor.follow(t);
  await supervisor.cli('start', 'daemon');
  const { main } = await supervisor.status('daemon');
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus('daemon', ({ respawns, state }) => respawns === 1 && state === 'running');
  await supervisor.cli('stop', 'daemon');
  for (const entry of entries) t.same(misfits('events', entry), [], JSON.stringify(entry));
  t.same([...new Set(entries.map(({ type }) => type))].sort(), [
    'event',
    'log',
    'process',
    'state',
    'verdict',
  ]);
});
