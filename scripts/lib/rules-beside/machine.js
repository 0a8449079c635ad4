/** An /etc with users and rules of our own, and the groups that are made below one name in each hierarchy. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  bin,
  CONTROLLERS,
  directory,
  FIRST_GID,
  FIRST_UID,
  GROUPS,
  PROGRAMS,
  rulesText,
  SCOPE,
  templatesText,
  USERS,
} from './rules.js';

/** `/proc/PID/cgroup` of hierarchy -> mount point; version 1 only */
const points = new Map(
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup /.test(line))
    .flatMap((line) =>
      line
        .split(' ')
        .at(-1)
        .split(',')
        .map((name) => [name, line.split(' ')[4]]),
    ),
);
for (const name of CONTROLLERS)
  if (!points.has(name)) throw new Error(`the controller ${name} is not mounted as version 1`);

/** Mounts an /etc of our own over the machine's, in this namespace. */
export function prepare() {
  for (const name of ['cgrulesengd', 'perl', 'mount'])
    if (spawnSync('which', [name]).status !== 0) throw new Error(`${name} is not installed`);
  const etc = join(directory, 'etc');
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  const users = Array.from(
    { length: USERS },
    (_, n) => `fr${n}:x:${FIRST_UID + n}:${FIRST_UID + n}::/:/bin/sh`,
  );
  const own = Array.from({ length: USERS }, (_, n) => `fr${n}:x:${FIRST_UID + n}:`);
  const groups = Object.entries(GROUPS).map(
    ([name, members], n) => `${name}:x:${FIRST_GID + n}:${members.map((one) => `fr${one}`).join(',')}`,
  );
  writeFileSync(join(etc, 'passwd'), `root:x:0:0:root:/root:/bin/sh\n${users.join('\n')}\n`);
  writeFileSync(join(etc, 'group'), `root:x:0:\n${[...own, ...groups].join('\n')}\n`);
  writeFileSync(join(etc, 'cgrules.conf'), rulesText());
  for (const name of ['cgrules.d', 'cgconfig.d']) mkdirSync(join(etc, name), { recursive: true });
  writeFileSync(join(etc, 'cgconfig.conf'), templatesText());
  const mount = (...words) => {
    const { status, stderr } = spawnSync('mount', words);
    if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`);
  };
  mount('--bind', etc, '/etc');
  mount('-t', 'tmpfs', 'tmpfs', '/run');
  mkdirSync(bin);
  for (const name of PROGRAMS) cpSync('/bin/sleep', join(bin, name));
  writeFileSync(join(bin, 'rb-script'), '#!/bin/sh\nread x\n', { mode: 0o755 });
  spawnSync('chmod', ['-R', 'a+rX', directory]);
}

/** cgrulesengd makes no group but those of templates, so all others are there before. */
export function makeGroups() {
  const names = [...rulesText().matchAll(new RegExp(`${SCOPE}/(\\S*[^\\s/])`, 'g'))].map(([, name]) => name);
  for (const controller of CONTROLLERS)
    for (const name of names.filter((one) => !/[%\\]/.test(one)))
      mkdirSync(join(points.get(controller), SCOPE, name), { recursive: true });
}

export async function removeGroups() {
  const remove = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(path, entry.name));
    rmdirSync(path);
  };
  for (const controller of CONTROLLERS) {
    const path = join(points.get(controller), SCOPE);
    for (let attempt = 0; existsSync(path); attempt++) {
      try {
        remove(path);
      } catch (error) {
        if (attempt > 50) throw error;
        await pause(100);
      }
    }
  }
}

/** What templates set, of each group that is there: `CONTROLLER GROUP -> VALUE`. @param pids are written P in names */
export function settings(pids) {
  const files = { cpu: 'cpu.shares', memory: 'memory.limit_in_bytes', pids: 'pids.max' };
  const found = new Map();
  const look = (controller, path, name) => {
    const value = readFileSync(join(path, files[controller]), 'utf8').trim();
    found.set(
      `${controller} ${name.replace(/\d+/g, (number) => (pids.has(Number(number)) ? 'P' : number))}`,
      value,
    );
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) look(controller, join(path, entry.name), `${name}/${entry.name}`);
  };
  for (const controller of CONTROLLERS) look(controller, join(points.get(controller), SCOPE), SCOPE);
  return found;
}
