import { open } from 'node:fs/promises';

/**
 * Flushes files, or directories with their names, to disk (fsync(2)), one after the other, without blocking
 * the event loop: a disk may take seconds.
 * @throws the errors of node:fs
 */
export async function flushToDisk(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  }
}
