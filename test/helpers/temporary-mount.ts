import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Teardown {
  teardown(handler: () => void): void;
}

/**
 * An empty file system in memory, for what goes wrong with disks. It needs root.
 * @param options of mount(8), for instance `size=64k` or `ro`
 */
export function temporaryMount(t: Teardown, options: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-mount-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'foster-test', directory]);
  t.teardown(() => {
    // what has just ended may still be in it for a moment
    execFileSync('umount', ['--lazy', directory]);
    rmdirSync(directory);
  });
  return directory;
}
