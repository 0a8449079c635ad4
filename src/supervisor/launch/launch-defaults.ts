/** What is the same for all jobs and depends on how foster was started. */
import type { CoreOptions } from '../core/model.js';
import type { InitOptions } from '../init-options.js';
import { inheritedEnvironment } from './inherited-environment.js';
import type { LaunchDefaults } from './needs.js';
import { OPEN_FILES_VARIABLE, openFilesOf } from './open-files.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** PATH of a job that does not set it, as in Upstart (section 2.1). */
export const JOB_PATH = '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin';

/** Upstart's default (section 2), for every mode except `user`. */
const JOB_UMASK = 0o022;

/**
 * Returns the environment that every job gets, and the one that it can inherit.
 * @param env foster's own environment
 */
export function jobEnvironments(
  { inheritEnv, mode, socket }: Pick<InitOptions, 'inheritEnv' | 'mode' | 'socket'>,
  env: Environment,
): CoreOptions {
  const inherited = inheritedEnvironment(env);
  const ownEnvironment = Object.entries(inherited).map(([key, value]) => `${key}=${value}`);
  // as in Upstart: PATH, and the TERM of init
  const small = [`PATH=${JOB_PATH}`, `TERM=${env['TERM'] ?? 'linux'}`];
  return {
    jobEnvironment: inheritEnv ? ownEnvironment : small,
    ownEnvironment,
    ...(mode === 'user' && { session: `unix:path=${socket}` }),
  };
}

export function launchDefaults(
  options: Pick<InitOptions, 'mode' | 'socket'>,
  { jobEnvironment }: CoreOptions,
  env: Environment,
): LaunchDefaults {
  const isUser = options.mode === 'user';
  return {
    self: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    inherited: inheritedEnvironment(env),
    table: jobEnvironment,
    socket: options.socket,
    directory: isUser ? process.cwd() : '/',
    umask: isUser ? undefined : JOB_UMASK,
    openFiles: openFilesOf(env[OPEN_FILES_VARIABLE]),
  };
}
