/** What is left of a supervisor that fails at every start: it never hurts anybody but its own jobs, and TERM ends it in time. */
import { constants } from 'node:os';
import t, { type Test } from 'tap';
import { mayMakeNamespaces, PidOne, scratchDirectory, type PidOneOptions } from '../helpers/pid-one.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const LASTING_FAULT = { FOSTER_TEST_FAULT: 'lasting' };
const JOB = 'start on startup\nconsole output\nscript\n  echo job $$ is up\n  exec sleep 1000\nend script\n';

/** PID 1 is a shell here, which has a stranger and an ordinary foster among its children. */
function startBesideStranger(t: Test): PidOne {
  const shell = [
    'sleep 2000 & stranger=$!',
    // the shell itself is a stranger, too
    '"$@" & foster=$!; echo "foster is $foster"; wait $foster; echo "foster ended with $?"',
    'kill -0 $stranger && echo "the stranger lives"; wait',
  ].join('\n');
  return new PidOne(t, scratchDirectory(t), {
    program: 'faulty-foster',
    env: LASTING_FAULT,
    jobs: { 'a.conf': JOB },
    wrapper: ['sh', '-c', shell, 'sh'],
  });
}

function startAsPidOne(t: Test, options: PidOneOptions = {}): PidOne {
  const all = { program: 'faulty-foster', env: LASTING_FAULT, jobs: { 'a.conf': JOB }, ...options } as const;
  return new PidOne(t, scratchDirectory(t), all);
}

/** The process of the shell's children that catches XFSZ, which is foster. */
async function fosterOf(init: PidOne): Promise<number> {
  await init.untilOut(/job \d+ is up/);
  const [, number] = /foster is (\d+)/.exec(init.out) ?? [];
  return until('foster', () => init.children.find((pid) => init.numberInside(pid) === Number(number)));
}

t.test('an ordinary process that fails at every start ends with 70 and touches nobody', async (t) => {
  const init = startBesideStranger(t);
  process.kill(await fosterOf(init), constants.signals.SIGXFSZ);
  await init.untilOut(/the stranger lives/);
  t.match(init.out, /foster ended with 70/);
  t.match(init.err, /Failed too often, giving up/);
  t.equal(init.children.length, 2, 'the stranger and the job, which waits for the next supervisor');
});

t.test('TERM in the middle of such failures is not lost, and touches nobody else either', async (t) => {
  const init = startBesideStranger(t);
  const foster = await fosterOf(init);
  process.kill(foster, constants.signals.SIGXFSZ);
  process.kill(foster, constants.signals.SIGTERM);
  await init.untilOut(/the stranger lives/);
  t.match(init.out, /foster ended with (70|0|143)\n/);
});

t.test('PID 1 that fails at every start ends its jobs and itself on TERM', async (t) => {
  const init = startAsPidOne(t, { args: ['--stop-budget', '3'] });
  await init.untilOut(/job \d+ is up/);
  const [job] = init.children;
  init.signal('SIGXFSZ');
  // said by the last program: a signal to one that is about to be replaced is lost
  await until('the last program', () => init.err.includes('Internal error, ignored'));
  t.ok(isAlive(job!));
  init.signal('SIGTERM');
  t.equal((await init.ended).status, 70);
  t.notOk(isAlive(job!));
});

t.test('a shutdown that is on when PID 1 fails is carried out to its end', async (t) => {
  const stubborn =
    "start on startup\nconsole output\nkill timeout 3600\nscript\n  trap 'echo asked' TERM\n  echo job $$ is up\n  while :; do sleep 0.1 || :; done\nend script\n";
  const init = startAsPidOne(t, { args: ['--stop-budget', '4'], jobs: { 'a.conf': stubborn } });
  await init.untilOut(/job \d+ is up/);
  init.signal('SIGTERM');
  await init.untilOut(/asked/);
  init.signal('SIGXFSZ');
  // long before the job's own timeout: the budget counts, of whichever program
  const { status } = await init.ended;
  t.ok(
    status === 70 || status === 0,
    `from degraded mode, or before it has come to that: ${status} ${init.err}`,
  );
});

t.test('an error while PID 1 closes does not change how it ends', async (t) => {
  const init = startAsPidOne(t, { env: { FOSTER_TEST_FAULT: 'closing' }, command: ['sh', '-c', 'exit 42'] });
  t.equal((await init.ended).status, 42);
  t.match(init.err, /Internal error, ignored: a fault at the end/);
  t.notMatch(init.err, /Re-executing|Failed too often/);
});

t.test('not even when nobody reads the log any more, and the error comes again and again', async (t) => {
  for (const fault of ['closing', 'spinning']) {
    const command = ['sh', '-c', 'echo up; read line; exit 42'];
    const init = startAsPidOne(t, { env: { FOSTER_TEST_FAULT: fault }, command });
    await init.untilOut(/up/);
    init.closeErr();
    init.type('go on\n');
    t.equal((await init.ended).status, 42, fault);
  }
});

t.test('a shutdown that waits for what never comes is over soon after the stop budget', async (t) => {
  const blocking = 'start on shutdown\ntask\nexec sleep 1000\n';
  const init = startAsPidOne(t, {
    env: { FOSTER_TEST_FAULT: 'stuck' },
    args: ['--stop-budget', '1'],
    jobs: { 'a.conf': JOB, 'blocking.conf': blocking },
  });
  await init.untilOut(/job \d+ is up/);
  init.signal('SIGTERM');
  t.equal((await init.ended).status, 0);
  t.match(init.err, /The shutdown has exceeded the stop budget/);
});

t.test('TERM is acted on after a re-exec that has failed', async (t) => {
  const init = startAsPidOne(t, { env: { FOSTER_TEST_FAULT: 'handing over' } });
  await init.untilOut(/job \d+ is up/);
  const before = init.image;
  init.signal('SIGUSR2');
  // Node has a handler of its own for TERM, which does nothing for PID 1; foster's for PWR comes last
  await until(
    'the program of the second attempt',
    () => init.image !== before && init.handles(constants.signals.SIGPWR),
  );
  t.match(init.err, /a fault while foster hands over/);
  init.signal('SIGTERM');
  t.equal((await init.ended).status, 0);
});

t.test(
  'TERM that comes together with a failure is not lost with the program that has caught it',
  async (t) => {
    const init = startAsPidOne(t, { env: {} });
    await init.untilOut(/job \d+ is up/);
    // while it stands, both come to wait: it learns of them in one turn of its event loop
    init.signal('SIGSTOP');
    init.signal('SIGXFSZ');
    init.signal('SIGTERM');
    init.signal('SIGCONT');
    t.equal((await init.ended).status, 0);
    t.match(init.err, /a fault that the test has asked for/);
  },
);
