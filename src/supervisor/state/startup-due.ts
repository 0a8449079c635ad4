/**
 * RUNDIR/startup-due: there while the startup event of a new foster has not begun to start jobs. Emitting it takes some time
 * after RUNDIR/begun says that a foster runs here: one that was killed in between would otherwise leave a machine on
 * which nothing is started any more.
 */
import { existsSync, rmSync } from 'node:fs';
import type { UnsavedWork } from './unsaved-work.js';
import { writeNewFile } from '../../kernel/files/own-files.js';

export class StartupDue {
  constructor(
    private readonly path: () => string,
    private readonly unsaved: Pick<UnsavedWork, 'attempt'>,
  ) {}

  exists(): boolean {
    return existsSync(this.path());
  }

  write(): void {
    this.unsaved.attempt('startup-due', () => writeNewFile(this.path(), ''));
  }

  remove(): void {
    this.unsaved.attempt('startup-due', () => rmSync(this.path(), { force: true }));
  }
}
