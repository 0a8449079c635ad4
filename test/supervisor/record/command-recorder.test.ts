import t from 'tap';
import { createKernel } from '../../../src/kernel/linux.js';
import { CommandRecorder } from '../../../src/supervisor/record/command-recorder.js';
import { selectSource, testSources } from '../../../src/tracker/sources/select.js';
import { parseTrace } from '../../../src/tracker/trace/format.js';
import { replay } from '../../../src/tracker/trace/replay.js';

const kernel = createKernel();

/** Daemonises as daemon(3) does, forking twice, and then waits to be ended. */
const DAEMON = "(setsid sh -c 'exec sleep 1000' &); exit 0";

/** Records until the daemon has taken over and left the session, in either order, and its end. */
async function record(source: ReturnType<typeof selectSource>['source']): Promise<string> {
  let [trace, stopping] = ['', false];
  const recorder: CommandRecorder = new CommandRecorder({
    kernel,
    source,
    program: {
      path: '/bin/sh',
      argv: ['sh', '-c', DAEMON],
      env: [`PATH=${process.env['PATH'] ?? ''}`],
      newSession: true,
      descriptors: [],
    },
    write: (line) => {
      trace += line;
      const isSettled = trace.includes('hand-off') && trace.includes('"ev":"sid"');
      if (isSettled && !stopping) setImmediate(() => recorder.stop());
      stopping = isSettled;
    },
  });
  // a program without a terminal leaves nothing that keeps the event loop going
  const alive = setInterval(() => undefined, 1000);
  recorder.start();
  await recorder.ended;
  recorder.close();
  clearInterval(alive);
  return trace;
}

for (const { name, test } of testSources(kernel)) {
  t.test(`a daemon recorded by ${name} replays to the verdicts that were given live`, async (t) => {
    if (!test.works) {
      t.comment(`skipped: ${test.reason}`);
      return;
    }
    const trace = await record(selectSource(kernel, name).source);
    const lines = parseTrace(trace, name);
    const kinds = new Set(lines.map(({ ev }) => ev));
    // a scan may find the daemon before its last exec, after which nothing is recorded any more
    const always = ['start', 'P0', 'fork', 'sid', 'exit', 'reap', 'sent', 'end'];
    for (const kind of name === 'procfs' ? always : [...always, 'exec'])
      t.ok(kinds.has(kind), `there is a line "${kind}"`);
    const live = lines.flatMap(({ ev, fields }) => (ev === 'note' ? [fields['text']] : []));
    const again = replay(lines).map(({ verdict, pid, reason }) => `${verdict} ${pid}: ${reason}`);
    t.strictSame(again, live);
    t.match(again.at(-1), /^ended .*: it was asked to end$/);
  });
}
