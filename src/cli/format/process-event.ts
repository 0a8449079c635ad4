/** A process event in a few words, for `foster events`; --json has every field. */
import { describeStatus } from '../../kernel/signals.js';
import type { ProcessEvent } from '../../tracker/events.js';

/** @returns for instance `fork 812 -> 813`, `exec 813 /usr/sbin/sshd -D`, `exit 812 status 0` */
export function processEventText(event: ProcessEvent): string {
  switch (event.type) {
    case 'fork':
      return `fork ${event.parent} -> ${event.child}`;
    case 'exec':
      return ['exec', event.pid, ...(event.argv ?? []).map(shown)].join(' ');
    case 'sid':
      return `setsid ${event.pid}`;
    case 'uid':
    case 'gid':
      return `${event.type} ${event.pid} becomes ${event.real}, effective ${event.effective}`;
    case 'comm':
      return `comm ${event.pid} ${shown(event.comm)}`;
    case 'ptrace':
      return `ptrace ${event.pid} ${event.tracer === 0 ? 'is let go' : `by ${event.tracer}`}`;
    case 'coredump':
      return `coredump ${event.pid}`;
    case 'namespace':
      return `namespace ${event.pid} ${event.kind} ${event.old ?? '?'} -> ${event.new} by ${event.reason}`;
    case 'exit':
      return `exit ${event.pid}${exitWords(event.status)}`;
    case 'adopted':
      return `adopted ${event.pid}, whose parent ${event.formerParent} has ended`;
    case 'overflow':
      return `overflow: ${event.lost ?? 'some'} events were lost`;
  }
}

function exitWords(status: number | undefined): string {
  if (status === undefined) return '';
  const ending = describeStatus(status);
  if ('status' in ending) return ` status ${ending.status}`;
  return ` by signal ${ending.signal}${ending.core ? ', core dumped' : ''}`;
}

/** As it would be typed; a line end inside an argument must not look like one of the output. */
function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}
