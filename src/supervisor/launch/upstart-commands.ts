/**
 * Job files of an Upstart machine call Upstart's commands by name (`stop`, `initctl`). foster appends their directory
 * to the PATH of a `.conf` job, so that programs of the machine with these names are still found first. A job that
 * does not call them gets exactly Upstart's PATH. Pure.
 */
import { UPSTART_COMMANDS } from '../../installation.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';

const COMMAND =
  /(?:^|[^\w./-])(?:initctl|start|stop|restart|reload|status|telinit|runlevel|shutdown|halt|poweroff|reboot)(?![\w./-])/m;

/** A script of the administrator at the beginning of a line, which may call these commands. */
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
