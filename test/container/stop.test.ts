import { test } from 'tap';
import { until } from '../helpers/until.js';
import { Container, noContainers } from './support/container.js';

const skip = noContainers();

/** Names itself on the container's standard output when it is up and when it is asked to end. */
function service(name: string, { startOn = 'startup', status = 0, more = '' } = {}): string {
  const script = `trap 'echo ${name} ends; exit ${status}' TERM; echo ${name} is up; while :; do sleep 1000 & wait; done`;
  return `start on ${startOn}\nconsole output\n${more}\nexec sh -c "${script}"\n`;
}

test(
  'docker stop: fifty services, of which one ignores TERM, end in order inside the budget, with the status of the essential one',
  { skip },
  async (t) => {
    const jobs: Record<string, string> = {
      'database.conf': service('database'),
      'main.conf': service('main', { startOn: 'started database', status: 7, more: 'essential' }),
      'stubborn.conf': `start on startup\nconsole output\nkill timeout 60\nexec sh -c "trap '' TERM; echo stubborn is up; while :; do sleep 1000; done"\n`,
    };
    for (let n = 1; n <= 47; n++) jobs[`web${n}.conf`] = service(`web${n}`, { startOn: 'started main' });
    t.equal(Object.keys(jobs).length, 50);
    const container = await Container.start(t, { jobs });
    await until('fifty services', () => container.out.match(/ is up$/gm)?.length === 50);

    const began = performance.now();
    container.signal('SIGTERM');
    const { status, out, err } = await container.ended;
    const took = performance.now() - began;
    t.equal(status, 7, 'the status of the essential job');
    t.ok(took < 9_500, `inside the 10 s of docker stop: ${took.toFixed(0)} ms`);
    t.same(err.match(/^.*did not stop within.*$/gm), ['stubborn did not stop within the stop budget: KILL']);
    const ends = [...out.matchAll(/(\w+) ends$/gm)].map(([, name]) => name);
    t.equal(ends.length, 49, 'all the others have been asked');
    t.same(ends.slice(-2), ['main', 'database'], 'what is needed ends after what needs it');
  },
);

test('docker stop of a shell loop that ignores TERM: the status is that of KILL', { skip }, async (t) => {
  const command = ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.01; done'];
  const container = await Container.start(t, { command });
  await until('COMMAND', () => container.out.includes('ready'));
  const began = performance.now();
  container.signal('SIGTERM');
  const { status } = await container.ended;
  t.equal(status, 137);
  t.ok(performance.now() - began < 9_500, 'before docker stop kills the container');
});

test('the end of an essential job is the end of the container, with its status', { skip }, async (t) => {
  const jobs = {
    'main.conf': 'start on started web\nessential\nexec sh -c "exit 9"\n',
    'web.conf': service('web'),
  };
  const container = new Container(t, { jobs });
  const { status, out } = await container.ended;
  t.equal(status, 9);
  t.match(out, /web ends/);
});

test('COMMAND of an arbitrary user in a read-only container without capabilities', { skip }, async (t) => {
  const container = new Container(t, {
    uid: 54321,
    readonlyRoot: true,
    env: ['GREETING=hello'],
    command: ['sh', '-c', 'echo "$(id -u) $GREETING"; exit 3'],
  });
  const { status, out, err } = await container.ended;
  t.equal(status, 3, err);
  t.match(out, /^54321 hello$/m);
});
