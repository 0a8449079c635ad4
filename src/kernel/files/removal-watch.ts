/**
 * Detects that a file or directory has lost its name: it, or something in the directory, was removed or
 * renamed. Node's fs.watch also wakes up on each write in a directory, and the run directory has writes at
 * every start of a job.
 */

import { closeSync } from 'node:fs';

import { ENOENT } from '../errno.js';
import type { DescriptorWatcher, Disposable, Watch } from '../kernel.js';
import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned } from '../pinned-buffer.js';
import { readNow } from './read-now.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    init: declare('int', 'inotify_init1', ['int']),
    add: declare('int', 'inotify_add_watch', ['int', 'str', 'unsigned int']),
  };
});

/** <sys/inotify.h> */
const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;
/** its number of names has changed: an open socket survives without a name, so IN_DELETE_SELF never comes */
const IN_ATTRIB = 0x4;
const IN_MOVED_FROM = 0x40;
const IN_DELETE = 0x200;
const IN_DELETE_SELF = 0x400;
const IN_MOVE_SELF = 0x800;

const OF_FILE = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
const OF_DIRECTORY = IN_DELETE_SELF | IN_MOVE_SELF | IN_DELETE | IN_MOVED_FROM;

/** Room for many events; their contents are ignored, because the reader looks at the files. */
const EVENTS_SIZE = 16 * 1024;

interface WatchedNames {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

/**
 * @param changed called after something watched has lost its name; after re-creating it, watch again
 * @throws SystemError if there is no inotify, or the user has too many instances
 */
export function watchForRemoval(
  { directories, files }: WatchedNames,
  descriptors: DescriptorWatcher,
  changed: () => void,
): Disposable {
  const fd = calls().init(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) throw lastError('inotify_init1', 'watch the run directory');
  try {
    for (const path of directories) add(fd, path, OF_DIRECTORY);
    for (const path of files) add(fd, path, OF_FILE);
    const events = allocatePinned(EVENTS_SIZE);
    const watch: Watch = descriptors.onReadable(fd, () => {
      while (readNow(fd, events) !== undefined) continue;
      changed();
    });
    watch.unref();
    return {
      dispose: () => {
        watch.dispose();
        closeSync(fd);
      },
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Adds a watch. A missing file is no error: the caller has noticed, or is about to. */
function add(fd: number, path: string, mask: number): void {
  if (calls().add(fd, path, mask) >= 0 || libc().koffi.errno() === ENOENT) return;
  throw lastError('inotify_add_watch', `watch ${path}`);
}
