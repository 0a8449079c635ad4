/**
 * A supervisor that is killed while jobs write as fast as they can: every line is in the log, once and in order, over
 * kills and rotations.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const KILLS = 6;

/**
 * Numbered lines, by pieces that end in the middle of lines, until the file `stop` is there; then the last one is `end`. A short
 * pause after each burst, which is several times what the FIFO holds: a fast machine would fill memory with the log.
 */
const WRITER = `script
exec awk 'BEGIN {
  while (1) {
    for (i = 0; i < 10000; i++) printf "line %d of this job\\n", n++
    if ((getline line < "STOP") > 0) break
    close("STOP")
    system("sleep 0.02")
  }
  print "end"
  fflush()
  system("exec sleep 1000")
}'
end script
log size 3M
log count 10000
`;

/** All of a log, oldest file first. A rotation may rename what has just been listed: then it is read anew. */
function logOf(directory: string, job: string): string {
  for (;;) {
    try {
      return readLog(directory, job);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function readLog(directory: string, job: string): string {
  const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);
  return readdirSync(directory)
    .filter((name) => name.startsWith(`${job}.log`))
    .sort((one, other) => numberOf(other) - numberOf(one))
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join('');
}

test('no line is lost, doubled or broken when foster is killed', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const stop = join(supervisor.directory, 'stop');
  supervisor.write('numbers.conf', WRITER.replaceAll('STOP', stop));
  await supervisor.begin();
  await supervisor.cli('start', 'numbers');
  const { logdir } = supervisor;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = logOf(logdir, 'numbers').length;
    await until('more lines', () => logOf(logdir, 'numbers').length > before + kill * 17_321);
    process.kill(supervisor.pid, 'SIGKILL');
    await supervisor.ended;
    await supervisor.begin();
  }
  supervisor.write('../stop', 'now\n');
  await until('the last line', () => logOf(logdir, 'numbers').endsWith('end\n'));
  const lines = logOf(logdir, 'numbers').split('\n').slice(0, -2);
  const wrong = lines.findIndex((line, n) => line !== `line ${n} of this job`);
  t.equal(wrong, -1, `line ${wrong}: ${lines[wrong] ?? ''}`);
  t.ok(lines.length > 1000);
});
