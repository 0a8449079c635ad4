import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { EventLoop } from '../../../src/kernel/event-loop.js';
import type { DescriptorWatcher } from '../../../src/kernel/kernel.js';
import { SystemError } from '../../../src/kernel/system-error.js';
import { UnsavedWork } from '../../../src/supervisor/state/unsaved-work.js';
import { Upkeep } from '../../../src/supervisor/state/upkeep.js';
import { until } from '../../helpers/until.js';

/** A run directory and a socket (a file does for that), which are made again where they are missing. */
function rig(t: Test, options: { readonly descriptors?: DescriptorWatcher } = {}) {
  const above = mkdtempSync(join(tmpdir(), 'foster-upkeep-'));
  t.teardown(() => rmSync(above, { recursive: true, force: true }));
  const [directory, socket] = [join(above, 'run'), join(above, 'run/foster.sock')];
  const reports: string[] = [];
  const report = (_: string, text: string): void => void reports.push(text);
  const unsaved = new UnsavedWork({ path: directory, report });
  const mended: string[] = [];
  let refuses: Error | undefined;
  const upkeep = new Upkeep({
    descriptors: options.descriptors ?? new EventLoop(),
    unsaved,
    directory,
    report,
  });
  upkeep.add({
    name: 'run directory',
    repair: () => {
      if (refuses !== undefined) throw refuses;
      mkdirSync(directory, { recursive: true });
      mended.push('directory');
    },
  });
  upkeep.add({
    name: 'control socket',
    file: () => socket,
    repair: () => {
      writeFileSync(socket, '');
      mended.push('socket');
    },
  });
  // what it watches keeps no program going
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => {
    clearInterval(alive);
    upkeep.close();
    unsaved.close();
  });
  return {
    directory,
    socket,
    upkeep,
    unsaved,
    mended,
    reports,
    refuse: (error?: Error) => (refuses = error),
  };
}

test('everything is looked at in its order, and again when something has gone', async (t) => {
  const { directory, socket, upkeep, mended } = rig(t);
  upkeep.check();
  t.same(mended.splice(0), ['directory', 'socket']);
  rmSync(socket);
  await until('all to be looked at', () => mended.length === 2);
  t.same(mended.splice(0), ['directory', 'socket']);
  rmSync(directory, { recursive: true });
  await until('all to be made again', () => mended.length >= 2);
  rmSync(directory, { recursive: true });
  // what was made again is watched as well
  await until('all to be made again', () => mended.length >= 4);
});

test('what cannot be made again is tried again, and what comes after it is not kept from that', async (t) => {
  const { upkeep, unsaved, mended, reports, refuse } = rig(t);
  upkeep.check();
  mended.length = 0;
  refuse(new SystemError('mkdir', 30, 'EROFS', 'make the run directory', 'read-only file system'));
  upkeep.check();
  t.same(mended.splice(0), ['socket']);
  t.match(reports, [/read-only file system/]);
  refuse();
  await until('everything to be written', () => unsaved.isDone);
  t.match(reports[1], /everything is saved again/);
});

test('where nothing can be watched, it says so once: HUP looks', (t) => {
  const refusal = new SystemError('inotify_init1', 24, 'EMFILE', 'watch', 'too many open files');
  const refuse = (): never => {
    throw refusal;
  };
  const real = new EventLoop();
  const descriptors = { onReadable: refuse, onException: real.onException.bind(real) };
  const { upkeep, mended, reports } = rig(t, { descriptors });
  upkeep.check();
  upkeep.check();
  t.equal(mended.length, 4);
  t.match(reports, [/^foster cannot watch .* \(.*\): if it is removed, send HUP to recreate it$/]);
  t.equal(reports.length, 1);
  t.end();
});

test('after its end nothing is looked at', async (t) => {
  const { socket, upkeep, mended } = rig(t);
  upkeep.check();
  upkeep.close();
  mended.length = 0;
  rmSync(socket);
  // longer than a directory has to be quiet
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.same(mended, []);
});
