/** Dependencies point down, and nobody imports in a circle, not even types: `npm run layers` finds whoever does. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type Test } from 'tap';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** @returns what is wrong with the imports below `src` in this directory */
function violations(directory: string): string {
  const cruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(ROOT, '.dependency-cruiser.cjs');
  const options = { cwd: directory, encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [cruise, '--config', config, 'src'], options);
  return stdout + stderr;
}

/** A program of these files, by their paths below `src`. */
function planted(t: Test, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-layers-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    const path = join(directory, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return violations(directory);
}

test('the program has no circle, and no layer imports one above it', (t) => {
  t.match(violations(ROOT), /no dependency violations found/);
  t.end();
});

test('a circle of types is found', (t) => {
  const found = planted(t, {
    'tracker/one.ts': "import type { Two } from './two.js';\nexport interface One { two: Two }\n",
    'tracker/two.ts': "import type { One } from './one.js';\nexport interface Two { one: One }\n",
  });
  t.match(found, /error no-circles: src\/tracker\/one\.ts/);
  t.end();
});

test('a layer that imports one above it is found', (t) => {
  const found = planted(t, {
    'tracker/follower.ts':
      "import type { Job } from '../supervisor/job.js';\nexport type Follower = { job: Job };\n",
    'supervisor/job.ts': 'export interface Job { name: string }\n',
  });
  t.match(found, /error tracker-is-below: src\/tracker\/follower\.ts → src\/supervisor\/job\.ts/);
  t.end();
});

test('a core that reads a clock or a file is found', (t) => {
  const found = planted(t, {
    'supervisor/core/job.ts':
      "import { readFileSync } from 'node:fs';\nexport const text = readFileSync('/etc/hosts');\n",
  });
  t.match(found, /error core-is-pure: src\/supervisor\/core\/job\.ts → fs/);
  t.end();
});
