/** The first real-time signal for programs: glibc reserves 32 and 33 (signal(7)). */
const RTMIN = 34;
const RTMAX = 64;

/** Returns a signal as job files name it: `SIGTERM` is TERM, `RTMIN+3` is 37. */
export function signalWord(text: string): string {
  const name = text
    .trim()
    .toUpperCase()
    .replace(/^SIG(?=[A-Z])/, '');
  const real = /^RTM(IN|AX)(?:([+-])(\d+))?$/.exec(name);
  if (real === null) return name;
  const offset = Number(real[3] ?? 0) * (real[2] === '-' ? -1 : 1);
  return String((real[1] === 'IN' ? RTMIN : RTMAX) + offset);
}
