/**
 * Upstart's commands by their own names (`stop`, `initctl`), which job files of an Upstart machine call without a path: they are
 * put last in the PATH of a `.conf` job, also behind one that the file sets, so that programs of the machine with these names
 * are found as before. A job that could not call them has Upstart's PATH to the letter. Pure.
 */
import { UPSTART_COMMANDS } from '../../installation.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';

const COMMAND =
  /(?:^|[^\w./-])(?:initctl|start|stop|restart|reload|status|telinit|runlevel|shutdown|halt|poweroff|reboot)(?![\w./-])/m;

/** A script of the administrator's at the beginning of a line, which may call whatever it likes. */
const OTHER_SCRIPT = /^[ \t]*(?:exec[ \t]+|\.[ \t]+)?(?:\.{0,2}\/(?!(?:usr\/)?s?bin\/)|"?\$)/m;

/** Returns the PATH of a process of the job. */
export function withUpstartCommands(jobClass: JobClass, path: string): string {
  if (jobClass.source.syntax !== 'conf' || !mayCallThem(jobClass)) return path;
  return `${path}:${UPSTART_COMMANDS}`;
}

function mayCallThem({ processes }: JobClass): boolean {
  return Object.values(processes).some((command) => {
    if ('argv' in command) return false;
    const text = 'exec' in command ? command.exec : command.script;
    return COMMAND.test(text) || OTHER_SCRIPT.test(text);
  });
}
