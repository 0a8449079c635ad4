import { test } from 'tap';
import { processEventText } from '../../../src/cli/format/process-event.js';
import type { ProcessEvent } from '../../../src/tracker/events.js';

const origin = { time: 1, cpu: 0, sequence: 7 };

const EXAMPLES: readonly (readonly [ProcessEvent, string])[] = [
  [{ ...origin, type: 'fork', parent: 812, child: 813 }, 'fork 812 -> 813'],
  [{ ...origin, type: 'exec', pid: 813, argv: ['/usr/sbin/sshd', '-D'] }, 'exec 813 /usr/sbin/sshd -D'],
  [{ ...origin, type: 'exec', pid: 813, argv: ['sh', '-c', 'a\nb'] }, 'exec 813 sh -c "a\\nb"'],
  [{ ...origin, type: 'exec', pid: 813 }, 'exec 813'],
  [{ ...origin, type: 'sid', pid: 813 }, 'setsid 813'],
  [{ ...origin, type: 'uid', pid: 813, real: 33, effective: 0 }, 'uid 813 becomes 33, effective 0'],
  [{ ...origin, type: 'comm', pid: 813, comm: 'kworker/u8:2' }, 'comm 813 kworker/u8:2'],
  [{ ...origin, type: 'ptrace', pid: 813, tracer: 0 }, 'ptrace 813 is let go'],
  [{ ...origin, type: 'ptrace', pid: 813, tracer: 9 }, 'ptrace 813 by 9'],
  [{ ...origin, type: 'exit', pid: 812, status: 3 << 8 }, 'exit 812 status 3'],
  [{ ...origin, type: 'exit', pid: 812, status: 9 }, 'exit 812 by signal KILL'],
  [{ ...origin, type: 'exit', pid: 812, status: 11 | 0x80 }, 'exit 812 by signal SEGV, core dumped'],
  [{ ...origin, type: 'exit', pid: 812 }, 'exit 812'],
  [{ ...origin, type: 'adopted', pid: 813, formerParent: 812 }, 'adopted 813, whose parent 812 has ended'],
  [{ ...origin, type: 'overflow' }, 'overflow: some events were lost'],
];

test('process events read like sentences, in one line each', (t) => {
  for (const [event, text] of EXAMPLES) t.equal(processEventText(event), text);
  t.end();
});
