/** io.max on a real device: as blkio.throttle of version 1, past the page cache (O_DIRECT), where alone the device is met. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { version1 } from '../helpers/cgroups.js';
import { outcomeOf, spawnChild, type Outcome } from '../helpers/child.js';
import { Supervisor } from '../helpers/supervisor.js';

/** On a disk, unlike /tmp on many machines. */
const DISK = '/var/tmp';

const MEBIBYTE = 1024 * 1024;
const AMOUNT = 4;
/** mebibytes a second */
const LIMIT = 2;

/** `MAJOR:MINOR` of the whole disk that a directory is on, which is what is throttled; undefined for none of blocks. */
function diskOf(directory: string): string | undefined {
  const { dev } = statSync(directory);
  // makedev(3): twelve bits of each are enough for every disk
  const link = `/sys/dev/block/${(dev >> 8) & 0xfff}:${dev & 0xff}`;
  if (!existsSync(link)) return undefined;
  const device = realpathSync(link);
  const disk = existsSync(join(device, 'partition')) ? dirname(device) : device;
  return readFileSync(join(disk, 'dev'), 'latin1').trim();
}

const usable = version1('blkio');
const disk = diskOf(DISK);
const skip =
  typeof usable === 'string'
    ? `${usable} (root and control groups of version 1 are needed)`
    : disk === undefined
      ? `${DISK} is not on a disk`
      : false;

const transfer = (from: string, to: string, flags: string): string =>
  `dd if=${from} of=${to} bs=64k count=${(AMOUNT * MEBIBYTE) / 65_536} ${flags}`;

/** What dd says of itself: seconds. */
function secondsOf(text: string): number {
  return Number(/copied, ([\d.]+) s/.exec(text)?.[1]);
}

/** Why a disk shows nothing of a limit. */
function unfitness({ status, err }: Outcome): string | undefined {
  if (status !== 0) return `the disk takes no O_DIRECT: ${err}`;
  return secondsOf(err) * LIMIT > AMOUNT / 2 ? `the disk is slow by itself: ${err}` : undefined;
}

t.test('io.max holds for reading and writing', { skip }, async (t) => {
  const directory = mkdtempSync(join(DISK, 'foster-io-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'file');
  const write = transfer('/dev/zero', file, 'oflag=direct');
  const read = transfer(file, '/dev/null', 'iflag=direct');

  // without a limit first: a disk that is slow by itself, or that takes no O_DIRECT, shows nothing
  const [program = '', ...words] = write.split(' ');
  const free = await outcomeOf(
    spawnChild(program, words, { env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] }),
  );
  const unfit = unfitness(free);
  if (unfit !== undefined) {
    t.pass('io.max', { skip: unfit });
    return;
  }

  const bytes = LIMIT * MEBIBYTE;
  const job = (command: string) =>
    `task\nenv LC_ALL=C\ncgroup io.max '${disk!} rbps=${bytes} wbps=${bytes}'\nexec ${command}\n`;
  const foster = await Supervisor.start(t, { 'write.conf': job(write), 'read.conf': job(read) });
  for (const name of ['write', 'read']) {
    t.equal((await foster.cli('start', name)).status, 0, name);
    const text = readFileSync(join(foster.logdir, `${name}.log`), 'utf8');
    const seconds = secondsOf(text);
    // the kernel lets the first slice through at once
    t.ok(seconds > (AMOUNT / LIMIT) * 0.85, `${name}: ${seconds} s for ${AMOUNT} MiB at ${LIMIT} MiB/s`);
    t.notMatch(foster.messages, /io\.max|blkio/, 'nothing was left out');
  }
});
