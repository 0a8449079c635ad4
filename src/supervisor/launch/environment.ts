/** Completes the environment of a process that the core has built (Upstart section 2.2). Pure. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { JobRef } from '../core/contract.js';
import { assign, environmentOf, toAssignments, type Environment } from '../core/environment.js';
import type { User } from '../../kernel/users/users.js';
import { INSTANCE_MARKER, JOB_MARKER } from '../../tracker/scan/orphan-evidence.js';
import { UPSTART_COMMANDS } from '../../installation.js';

/** The path of the control socket, so that initctl and foster inside a job talk to the supervisor that runs it. */
const SOCKET_VARIABLE = 'FOSTER_SOCKET';

interface EnvironmentParts {
  readonly job: JobRef;
  readonly class: JobClass;
  /** `KEY=VALUE`, built by Upstart's rules */
  readonly env: readonly string[];
  /** the user that `setuid` names */
  readonly user: User | undefined;
  /** foster's own environment, for `env inherit` */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** what every job gets (PATH and TERM); `env inherit` overrides it, since the job did not set it */
  readonly table: readonly string[];
  /** path of the control socket */
  readonly socket?: string | undefined;
  /** `KEY=VALUE` */
  readonly added: readonly string[];
}

/** Returns the environment of a process as `KEY=VALUE`, each key once. */
export function launchEnvironment(parts: EnvironmentParts): readonly string[] {
  const variables = parts.class.envInherit === true ? overInherited(parts) : environmentOf(parts.env);
  if (parts.user !== undefined && wantsUserEnvironment(parts.class)) addUser(variables, parts.user);
  variables.set(JOB_MARKER, parts.job.name);
  variables.set(INSTANCE_MARKER, parts.job.instance);
  if (parts.socket !== undefined) variables.set(SOCKET_VARIABLE, parts.socket);
  assign(variables, parts.added);
  const path = variables.get('PATH');
  if (path !== undefined) variables.set('PATH', withUpstartCommands(parts.class, path));
  return toAssignments(variables);
}

function overInherited({ env, inherited, table }: EnvironmentParts): Environment {
  const variables = environmentOf(table);
  for (const [key, value] of Object.entries(inherited)) if (value !== undefined) variables.set(key, value);
  const byTable = new Set(table);
  assign(
    variables,
    env.filter((entry) => !byTable.has(entry)),
  );
  return variables;
}

/**
 * Tests whether HOME, USER, SHELL and LOGNAME are set, which is the default of `.ini` files. Upstart does not set
 * them (section 2.2), so `.conf` files need a stanza for it.
 */
function wantsUserEnvironment(jobClass: JobClass): boolean {
  return jobClass.userEnvironment;
}

/** Does not override what the job file or an event has set. */
function addUser(variables: Environment, user: User): void {
  const values = { HOME: user.home, USER: user.name, SHELL: user.shell, LOGNAME: user.name };
  for (const [key, value] of Object.entries(values)) if (!variables.has(key)) variables.set(key, value);
}

/** Upstart's commands, as a word of a command. */
const COMMAND =
  /(?:^|[^\w./-])(?:initctl|start|stop|restart|reload|status|telinit|runlevel|shutdown|halt|poweroff|reboot)(?![\w./-])/m;

/** A script of the administrator at the beginning of a line, which may call these commands. */
const OTHER_SCRIPT = /^[ \t]*(?:exec[ \t]+|\.[ \t]+)?(?:\.{0,2}\/(?!(?:usr\/)?s?bin\/)|"?\$)/m;

/**
 * Returns the PATH of a process of the job. Job files of an Upstart machine call Upstart's commands by name (`stop`,
 * `initctl`). foster appends their directory to the PATH of a `.conf` job, so that programs of the machine with these
 * names are still found first. A job that does not call them gets exactly Upstart's PATH.
 */
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
