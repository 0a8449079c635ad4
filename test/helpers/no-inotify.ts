/** Stands for a machine whose inotify instances are used up (inotify(7): EMFILE). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PRELOADED = `
const fs = require('node:fs');
fs.watch = () => {
  throw Object.assign(new Error('EMFILE: too many open files, watch'), { code: 'EMFILE', syscall: 'watch' });
};
require('node:module').syncBuiltinESMExports();
`;

/** The environment in which a program of Node finds no inotify. */
export function withoutInotify(t: { teardown(handler: () => void): void }): Readonly<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'no-inotify.cjs');
  writeFileSync(path, PRELOADED);
  return { NODE_OPTIONS: `--require ${path}` };
}
