/** Where completion is tried: files, and programs that print names as foster and initctl do. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns a directory with three job files, and the programs in `bin` */
export function completionPlace(t: { teardown(handler: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (const file of ['web.ini', 'worker.ini', 'with space.ini']) writeFileSync(join(directory, file), '');
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const foster = `case "$*" in 'list --names') echo web; echo 'postgres (15/main)'; echo 'postgres (16/main)' ;;
'--socket /other list --names') echo elsewhere ;; *) echo "$*" >&2 ;; esac`;
  const initctl = `echo 'web start/running, process 4'; echo 'rc stop/waiting'`;
  for (const [name, script] of Object.entries({ foster, initctl })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return directory;
}
