/**
 * Detects mounts and unmounts. A mount over a directory hides it, and no inotify watch reports that: boot
 * scripts mount a tmpfs on /run after PID 1 has made its socket there.
 */
import { closeSync, openSync } from 'node:fs';

import type { DescriptorWatcher, Disposable } from '../kernel.js';
import { isCodedError } from '../errno.js';

/** poll(2) reports each change of this file once (Linux 2.6.26). */
const MOUNTS = '/proc/self/mountinfo';

/**
 * @param changed called after mounts of this mount namespace have changed
 * @returns undefined if /proc is not mounted
 */
export function watchMounts(descriptors: DescriptorWatcher, changed: () => void): Disposable | undefined {
  const fd = openMounts();
  if (fd === undefined) return undefined;
  const watch = descriptors.onException(fd, changed);
  watch.unref();
  return {
    dispose: () => {
      watch.dispose();
      closeSync(fd);
    },
  };
}

function openMounts(): number | undefined {
  try {
    return openSync(MOUNTS, 'r');
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}
