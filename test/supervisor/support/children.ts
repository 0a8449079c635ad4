/** Real processes for tests, and a way to wait for what becomes of a child. */
import type { ChildChange } from '../../../src/kernel/kernel.js';
import { createKernel } from '../../../src/kernel/linux.js';

export const realKernel = createKernel();
const { processes } = realKernel;

const seen = new Map<number, ChildChange[]>();
const waiting = new Map<number, (change: ChildChange) => void>();

function collect(): void {
  for (let change = processes.nextChange(); change; change = processes.nextChange()) {
    processes.consume(change);
    const waiter = waiting.get(change.pid);
    waiting.delete(change.pid);
    if (waiter !== undefined) waiter(change);
    else seen.set(change.pid, [...(seen.get(change.pid) ?? []), change]);
  }
}

/** The next thing that happens to a child of ours: it stops, or it ends. */
export async function nextOf(pid: number): Promise<ChildChange> {
  const earlier = seen.get(pid)?.shift();
  if (earlier !== undefined) return earlier;
  process.on('SIGCHLD', collect);
  // a signal handler does not keep the program alive, a timer does
  const alive = setInterval(collect, 1000);
  try {
    return await new Promise((resolve) => {
      waiting.set(pid, resolve);
      collect();
    });
  } finally {
    clearInterval(alive);
    process.off('SIGCHLD', collect);
  }
}

/** The exit status of a child, or 128 + n for the signal that ended it. */
export async function endOf(pid: number): Promise<number> {
  const change = await nextOf(pid);
  if (change.kind !== 'ended') throw new Error(`process ${pid} has stopped where its end was expected`);
  return (change.status & 0x7f) === 0 ? change.status >> 8 : 128 + (change.status & 0x7f);
}
