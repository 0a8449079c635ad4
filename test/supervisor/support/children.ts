/** Real processes for tests: the kernel calls that a launcher needs, and a way to wait for what becomes of a child. */
import { kill } from '../../../src/kernel/kill.js';
import { LinuxFiles } from '../../../src/kernel/files.js';
import type { ChildChange } from '../../../src/kernel/kernel.js';
import { setLimit, setOomScore, setPriority } from '../../../src/kernel/limits.js';
import { prepareProgram } from '../../../src/kernel/spawn.js';
import { consume, nextChange } from '../../../src/kernel/wait.js';

export const realKernel = {
  processes: {
    prepare: prepareProgram,
    nextChange,
    consume,
    kill,
    setLimit,
    setPriority,
    setOomScore,
    openPidfd: () => undefined,
    becomeSubreaper: () => undefined,
  },
  files: new LinuxFiles(),
};

const seen = new Map<number, ChildChange[]>();
const waiting = new Map<number, (change: ChildChange) => void>();

function collect(): void {
  for (let change = nextChange(); change !== undefined; change = nextChange()) {
    consume(change);
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
  // a signal watcher does not keep the program alive, a timer does
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
