import { open } from 'node:fs/promises';

/**
 * Has the kernel write files, or directories with the names in them, to their disk (fsync(2)), one after the other. The event
 * loop goes on meanwhile: a disk may take seconds.
 * @throws the errors of node:fs
 */
export async function flushToDisk(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  }
}
