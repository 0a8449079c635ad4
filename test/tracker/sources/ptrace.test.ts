/** What a tracer does to a job, and where it gives way. */
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { test } from 'tap';

import { readProcessStatus } from '../../../src/kernel/proc/process-status.js';
import { Barrier, kernel, Lines } from '../../kernel/support.js';
import { LiveJobs, skipped } from './live-jobs.js';
import { DAEMONS, needsPerl, PERL } from './programs.js';

const skip = skipped('ptrace') || needsPerl;

function needs(program: string): string | false {
  return skip || (existsSync(program) ? false : `needs ${program}`);
}

const tracerOf = (pid: number): number | undefined => readProcessStatus(pid)?.tracer;

test('a starting job is traced, and let go of when it has settled', { skip }, async (t) => {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, 'ptrace');
  // it forks only when it is traced for certain
  const barrier = new Barrier(t);
  const waiting = [
    '/bin/sh',
    '-c',
    `read line <${barrier.path}; exec "$@"`,
    'sh',
    ...DAEMONS['forks twice']!,
  ];
  const launcher = jobs.launch('daemon', waiting, { descriptors: [lines.writer] });
  barrier.open();
  const main = Number(await lines.next());
  await jobs.until(() => jobs.mainOf('daemon') === main);
  t.equal(tracerOf(main), process.pid);
  jobs.tracking.source.onSettled?.(launcher);
  await jobs.untilFree(main);
  t.equal(tracerOf(main), 0);
  kernel.processes.kill(main, constants.signals.SIGTERM);
  await jobs.until(() => jobs.verdicts.some(({ verdict }) => verdict === 'ended'));
});

test('what a launcher executed before it was seized is known: upgrades go by it', { skip }, async (t) => {
  const lines = new Lines(t);
  const barrier = new Barrier(t);
  const jobs = new LiveJobs(t, 'ptrace');
  const argv = ['/bin/sh', '-c', `exec /bin/cat '${barrier.path}' >&3`];
  const launcher = jobs.launch('daemon', argv, {
    descriptors: [lines.writer],
    started: (pid) => {
      while (kernel.proc.arguments(pid)?.[0] !== '/bin/cat');
    },
  });
  barrier.open();
  t.equal(await lines.next(), 'go');
  jobs.living('daemon');
  t.same(jobs.tracking.tracker.lineage.get(launcher)?.image.argv, ['/bin/cat', barrier.path]);
});

test(
  'what a shell forked before it became main is not main when main exits after the trace',
  { skip },
  async (t) => {
    const lines = new Lines(t);
    const barrier = new Barrier(t);
    const jobs = new LiveJobs(t, 'ptrace');
    const main = '$SIG{USR1} = sub { exit 0 }; open(my $o, ">&=3"); syswrite $o, "on\\n"; sleep 1000';
    const script = `read line <${barrier.path}; sleep 1000 3>&- & exec "$@"`;
    const argv = ['/bin/sh', '-c', script, 'sh', PERL, '-e', main];
    const pid = jobs.launch('daemon', argv, { descriptors: [lines.writer] });
    barrier.open();
    t.equal(await lines.next(), 'on');
    await jobs.untilFree(pid);
    kernel.processes.kill(pid, constants.signals.SIGUSR1);
    await jobs.until(() => jobs.verdicts.length > 1);
    t.match(jobs.verdicts[1], { verdict: 'ended', status: 0 });
  },
);

test('a process that stopped itself stays stopped when it is let go of', { skip }, async (t) => {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, 'ptrace');
  const script = '$| = 1; kill STOP => $$; open(my $o, ">&=3"); syswrite $o, "on\\n"; sleep 1000';
  const pid = jobs.launch('daemon', [PERL, '-e', script], { descriptors: [lines.writer] });
  await jobs.until(() => jobs.stops.length > 0);
  jobs.tracking.source.onSettled?.(pid);
  await jobs.untilFree(pid);
  // the kernel takes it from the tracer's stop to its own, of which nobody is told
  while (kernel.proc.stat(pid)?.state !== 'T') await new Promise(setImmediate);
  kernel.processes.kill(pid, constants.signals.SIGCONT);
  t.equal(await lines.next(), 'on');
});

const PYTHON = '/usr/bin/python3';

test('a thread that forks is followed, and its program works', { skip: needs(PYTHON) }, async (t) => {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, 'ptrace');
  const script = [
    'import os, threading, time',
    'def daemonise():',
    '    if os.fork() == 0:',
    '        os.setsid()',
    '        if os.fork() == 0:',
    '            os.write(3, b"%d\\n" % os.getpid())',
    '            time.sleep(1000)',
    '        os._exit(0)',
    'threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(5)]',
    'threads.append(threading.Thread(target=daemonise))',
    'for thread in threads: thread.start()',
    'for thread in threads: thread.join()',
    'os._exit(0)',
  ].join('\n');
  jobs.launch('daemon', [PYTHON, '-c', script], { descriptors: [lines.writer] });
  const truth = Number(await lines.next());
  await jobs.until(() => jobs.mainOf('daemon') === truth);
  t.same(jobs.living('daemon'), [truth]);
});

test('an exec by another thread than the first is followed', { skip: needs(PYTHON) }, async (t) => {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, 'ptrace');
  const script = [
    'import os, threading, time',
    'os.set_inheritable(3, True)',
    'go = lambda: os.execv("/bin/sh", ["sh", "-c", "echo $$ >&3; exec sleep 1000"])',
    'threading.Thread(target=go).start()',
    'time.sleep(1000)',
  ].join('\n');
  const pid = jobs.launch('daemon', [PYTHON, '-c', script], { descriptors: [lines.writer] });
  t.equal(Number(await lines.next()), pid);
  t.same(jobs.living('daemon'), [pid]);
});

for (const tracer of ['/usr/bin/strace', '/usr/bin/gdb']) {
  test(`a job that is ${tracer} itself may trace`, { skip: needs(tracer) }, async (t) => {
    const lines = new Lines(t);
    const jobs = new LiveJobs(t, 'ptrace');
    const commands: Readonly<Record<string, readonly string[]>> = {
      '/usr/bin/strace': ['-o', '/dev/null', '-f', '/bin/sh', '-c', 'echo traced >&3; exit 5'],
      '/usr/bin/gdb': [
        '-nx',
        '-batch',
        '-ex',
        'run',
        '-ex',
        'quit $_exitcode',
        '--args',
        '/bin/sh',
        '-c',
        'echo traced >&3; exit 5',
      ],
    };
    const pid = jobs.launch('daemon', [tracer, ...commands[tracer]!], { descriptors: [lines.writer] });
    t.equal(await lines.next(), 'traced');
    t.equal(jobs.tracking.source.sourceOf?.(pid), 'procfs');
    await jobs.until(() => jobs.verdicts.some(({ verdict }) => verdict === 'died'));
    t.match(jobs.verdicts.at(-1), { pid, status: 5 << 8 });
  });
}

test('a hundred forks of a shell pass without one being missed', { skip }, async (t) => {
  const lines = new Lines(t);
  const jobs = new LiveJobs(t, 'ptrace');
  const script = 'i=0; while [ $i -lt 100 ]; do (exit 0); i=$((i+1)); done; echo done >&3; exec sleep 1000';
  const pid = jobs.launch('daemon', ['/bin/sh', '-c', script], { descriptors: [lines.writer] });
  const began = kernel.now();
  t.equal(await lines.next(), 'done');
  t.comment(`${((kernel.now() - began) / 1e6 / 100).toFixed(2)} ms a fork`);
  await jobs.until(() => jobs.living('daemon').length === 1);
  t.equal(jobs.tracking.tracker.lineage.get(pid)?.ended, undefined);
  t.match(readFileSync(`/proc/${pid}/comm`, 'utf8'), /^(sh|sleep)/);
});
