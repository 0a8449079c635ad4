/** A container of runc with Docker's capabilities and filter of system calls, as test/container has it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { containerConfig } from '../../build/test/container/support/bundle.js';

/** The root file system is the machine's own, seen through an overlay that takes what is written. */
const RUN = `
set -e
cd "$1"
mount -t tmpfs -o mode=755 container fs
mkdir fs/upper fs/work fs/root
mount -t overlay -o lowerdir=/,upperdir=fs/upper,workdir=fs/work overlay fs/root
exec runc --root state run --pid-file pid --bundle . "$2"
`;

/** @returns the command line that runs `program` as PID 1 of a container that sees `directory` */
export function containerLine(directory, program) {
  const bundle = join(directory, 'container');
  for (const name of ['fs', 'state']) mkdirSync(join(bundle, name), { recursive: true });
  const repository = resolve(dirname(program[0]), '..');
  const id = `chaos-${basename(dirname(directory)).replace(/\W/g, '')}`;
  const place = {
    root: 'fs/root',
    binds: {},
    id,
    env: [
      `PATH=${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      'HOME=/root',
    ],
  };
  const config = containerConfig(program, place, {});
  // a bind mount of its own shows what is mounted below it, too: tmpfs of run and log
  for (const [source, right] of [
    [repository, 'ro'],
    [directory, 'rw'],
  ])
    config.mounts.push({ destination: source, type: 'bind', source, options: ['rbind', right] });
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', RUN, 'sh', bundle, id];
}
