/** Watches ten services for a minute: how they start, what comes back, which signals they get. */
import { existsSync, readFileSync } from 'node:fs';
import { SERVICES } from './kinds.js';

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Returns what each service did.
 * @param place where its services write: `out(name)`
 * @param command gives a command to the supervisor: `reload` or `stop`, and the name of a service
 */
export async function observe(place, command) {
  const lines = (name) =>
    existsSync(place.out(name)) ? readFileSync(place.out(name), 'utf8').trim().split('\n') : [];
  const starts = (name) => lines(name).filter((line) => line.startsWith('start')).length;
  const pid = (name) =>
    Number(
      lines(name)
        .findLast((line) => line.startsWith('pid'))
        ?.slice(4),
    );
  const until = async (holds, seconds) => {
    for (let waited = 0; waited < seconds * 10 && !holds(); waited += 1) await sleep(0.1);
  };
  const expected = SERVICES.filter((name) => name !== 'off');
  await until(() => expected.every((name) => starts(name) > 0), 60);
  // those that end by themselves do so after 1.5 s, and may be started again a second later
  await until(() => ['once', 'clean', 'fail'].every((name) => starts(name) > 1), 20);
  const result = Object.fromEntries(
    SERVICES.map((name) => [
      name,
      {
        start: lines(name)[0] ?? 'not started',
        startsByItself: starts(name),
        finish: lines(name).find((line) => line.startsWith('finish')) ?? 'none',
      },
    ]),
  );
  const steady = SERVICES.filter((name) => pid(name) > 0 && existsSync(`/proc/${pid(name)}`));
  for (const name of steady) {
    command('reload', name);
    await until(() => lines(name).includes('signal HUP'), 10);
    result[name].reload = lines(name)
      .filter((line) => line.startsWith('signal'))
      .join();
  }
  const before = Object.fromEntries(steady.map((name) => [name, starts(name)]));
  for (const name of steady) process.kill(pid(name), 'SIGKILL');
  await until(() => steady.every((name) => starts(name) > before[name]), 20);
  for (const name of steady) result[name].restartedWhenKilled = starts(name) - before[name];
  for (const name of steady) {
    if (!existsSync(`/proc/${pid(name)}`)) continue;
    const seen = lines(name).length;
    command('stop', name);
    await until(() => !existsSync(`/proc/${pid(name)}`), 20);
    result[name].stop = lines(name)
      .slice(seen)
      .filter((line) => line.startsWith('signal'))
      .join();
    await sleep(0.3);
    result[name].isStopped = !existsSync(`/proc/${pid(name)}`);
  }
  return result;
}
