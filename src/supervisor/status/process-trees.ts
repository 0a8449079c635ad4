import { jobKey } from '../../tracker/job-key.js';
import type { Process } from '../../tracker/model.js';
import type { ProcessNode } from '../api/process-tree.js';
import type { JobRef } from '../core/contract.js';
import type { StatusSources } from './job-status.js';

/** Returns the living processes of a job as trees: a process is the child of its creator, if that is alive. */
export function processTrees(
  ref: JobRef,
  sources: StatusSources,
  describe: (pid: number) => Pick<ProcessNode, 'command' | 'namespaces'>,
): ProcessNode[] {
  const { tracker } = sources;
  const main = tracker.follower(jobKey(ref))?.main;
  const living = tracker.living(jobKey(ref));
  const nodes = new Map<Process, ProcessNode & { readonly children: ProcessNode[] }>();
  for (const process of living) {
    nodes.set(process, {
      pid: process.pid,
      ...describe(process.pid),
      role: roleOf(process, main, sources),
      session: process.session.id,
      children: [],
    });
  }
  const roots: ProcessNode[] = [];
  for (const [process, node] of nodes) {
    const above = process.creator && nodes.get(process.creator);
    (above?.children ?? roots).push(node);
  }
  return roots;
}

function roleOf(
  process: Process,
  main: Process | undefined,
  { tracker, trackerNow }: StatusSources,
): ProcessNode['role'] {
  if (process === main) return 'main';
  if (process === process.launcher) return 'launcher';
  return tracker.isDetached(process, trackerNow()) ? 'detached' : 'member';
}
