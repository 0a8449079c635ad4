import { test } from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { ProcessBridge, processEventEnvironment } from '../../../src/supervisor/bridges/process-bridge.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';

const sshd = { name: 'sshd', instance: '' };
const attach: ProcessEvent = { type: 'ptrace', time: 1, pid: 5, tracer: 9 };
const fork: ProcessEvent = { type: 'fork', time: 1, parent: 5, child: 6 };

function waiting(name: string, stanzas: string): JobClass {
  const checked = checkText(`exec true\n${stanzas}\n`, name, 'conf');
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.class;
}

/** @param emit when the emitted events finish: at once, unless it says otherwise */
function bridge(classes: readonly JobClass[], emit: () => Promise<unknown> = () => Promise.resolve()) {
  const emitted: (readonly string[])[] = [];
  const warnings: string[] = [];
  const made = new ProcessBridge({
    emit: (event, env) => {
      emitted.push([event, ...env]);
      return emit();
    },
    report: (_level, text) => warnings.push(text),
  });
  made.setClasses(classes);
  return { bridge: made, emitted, warnings };
}

test('only what some class waits for is emitted', (t) => {
  const { bridge: made, emitted } = bridge([
    waiting('alert', 'start on process-event TYPE=ptrace JOB=sshd'),
    waiting('other', 'start on started sshd'),
  ]);
  t.ok(made.isWanted('ptrace'));
  t.notOk(made.isWanted('fork'));
  made.offer(sshd, fork);
  made.offer({ name: 'cron', instance: '' }, attach);
  t.same(emitted, []);
  made.offer(sshd, attach);
  t.same(emitted, [
    ['process-event', 'TYPE=ptrace', 'JOB=sshd', 'INSTANCE=', 'PID=5', 'CHANGE=attach', 'TRACER=9'],
  ]);
  t.end();
});

test('TYPE may be a pattern, be excluded, come first without its name, or be left out', (t) => {
  const types = (operands: string) =>
    (['fork', 'uid', 'gid', 'ptrace'] as const).filter((type) =>
      bridge([waiting('alert', `start on process-event ${operands}`)]).bridge.isWanted(type),
    );
  t.same(types('TYPE=[ug]id'), ['uid', 'gid']);
  t.same(types('TYPE!=fork'), ['uid', 'gid', 'ptrace']);
  t.same(types('ptrace sshd'), ['ptrace']);
  t.same(types('JOB=sshd'), ['fork', 'uid', 'gid', 'ptrace']);
  t.same(types('TYPE=none'), []);
  t.end();
});

test('stop on waits, too, and a variable of the job may be anything here', (t) => {
  const { bridge: made, emitted } = bridge([
    waiting('guard', 'env WHOM=sshd\nstop on process-event TYPE=ptrace JOB=$WHOM'),
  ]);
  made.offer(sshd, attach);
  made.offer({ name: 'cron', instance: '' }, attach);
  t.equal(emitted.length, 2);
  t.end();
});

test('the processes of a job do not start it: it would be started for ever', (t) => {
  const alert = waiting('alert', 'start on process-event TYPE=fork');
  const { bridge: made, emitted } = bridge([alert]);
  made.offer({ name: 'alert', instance: '' }, fork);
  t.same(emitted, []);
  made.offer(sshd, fork);
  t.equal(emitted.length, 1);
  t.end();
});

test('a storm is cut off, and that is said once at its beginning and once at its end', async (t) => {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const {
    bridge: made,
    emitted,
    warnings,
  } = bridge([waiting('alert', 'start on process-event TYPE=fork')], () => finished);
  for (let count = 0; count < 1000; count += 1) made.offer(sshd, fork);
  t.equal(emitted.length, 64);
  t.equal(warnings.length, 1);
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  t.same(warnings.slice(1), ['936 process-events were left out']);
  made.offer(sshd, fork);
  t.equal(emitted.length, 65, 'and it goes on');
});

test('what a class does not wait for any more is not emitted any more', (t) => {
  const { bridge: made } = bridge([waiting('alert', 'start on process-event TYPE=fork')]);
  made.setClasses([]);
  t.notOk(made.isWanted('fork'));
  t.end();
});

test('every field of an event is a variable', (t) => {
  const job = { name: 'web', instance: 'a' };
  const env = (event: ProcessEvent) => processEventEnvironment(job, event).slice(3).join(' ');
  t.same(processEventEnvironment(job, fork), ['TYPE=fork', 'JOB=web', 'INSTANCE=a', 'PPID=5', 'PID=6']);
  t.equal(env({ type: 'uid', time: 1, pid: 5, real: 33, effective: 0 }), 'PID=5 UID=33 EUID=0');
  t.equal(env({ type: 'exit', time: 1, pid: 5, status: 11 | 0x80 }), 'PID=5 SIGNAL=SEGV CORE=yes');
  t.equal(
    env({ type: 'namespace', time: 1, pid: 5, kind: 'net', old: 1, new: 2, reason: 'setns' }),
    'PID=5 KIND=net REASON=set OLD_INUM=1 INUM=2',
  );
  t.end();
});
