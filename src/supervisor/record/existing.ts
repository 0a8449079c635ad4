/** Describes a running process and its descendants by the events that led to them. Pure. */
import type { ProcessEvent } from '../../tracker/events.js';
import type { SeenProcess, Snapshot } from '../../tracker/scan/snapshot.js';

/**
 * @param root the process itself, for which there is no fork event
 * @returns events for the living descendants of `root`, creators first; of past events, only births have a known time
 */
export function eventsOfExisting(root: number, snapshot: Snapshot): readonly ProcessEvent[] {
  const children = new Map<number, SeenProcess[]>();
  for (const seen of snapshot.processes.values()) {
    if (seen.dead) continue;
    children.set(seen.parent, [...(children.get(seen.parent) ?? []), seen]);
  }
  const events: ProcessEvent[] = [];
  const report = (parent: number): void => {
    for (const { pid, session, started } of children.get(parent) ?? []) {
      events.push({ type: 'fork', time: started, parent, child: pid });
      if (session === pid) events.push({ type: 'sid', time: snapshot.completeAt, pid });
      const [argv, executable] = [snapshot.argv(pid), snapshot.executable(pid)];
      events.push({
        type: 'exec',
        time: started,
        pid,
        ...(argv !== undefined && { argv }),
        ...(executable !== undefined && { executable }),
      });
      report(pid);
    }
  };
  report(root);
  return events;
}
