/**
 * Plans how a process gets from `posix_spawn` to its program. Pure.
 *
 * `posix_spawn` itself sets directory, session, descriptors and umask. For another root or identity, a small program
 * comes in between, which changes itself and then executes the job's program. Limits, priority, oom score and cgroup
 * can only be set from outside, while the process still runs as root and before its program starts. They need a gate:
 * a shell that stops itself first (DESIGN section 3).
 *
 * The order is Upstart's (section 2.1): limits, umask, nice, oom, root, directory, identity.
 */
import type { ResourceLimit } from '../../kernel/kernel.js';
import type { BecomeTask } from './become.js';
import { SHELL } from './command.js';
import type { Identity } from './identity.js';
import { protectedEnvironment } from './inherited-environment.js';
import { LaunchError } from './launch-error.js';
import type { Tools } from './tools.js';

/** What foster sets while the process is at its gate. */
export interface GateSettings {
  readonly limits: readonly ResourceLimit[];
  readonly nice: number | undefined;
  readonly oomScoreAdj: number | undefined;
}

/** What a process needs. */
export interface Needs {
  readonly argv: readonly string[];
  /** absolute path of `argv[0]` inside the root */
  readonly program: string;
  /** `KEY=VALUE` */
  readonly env: readonly string[];
  readonly root: string;
  /** inside the root */
  readonly directory: string;
  readonly umask: number | undefined;
  readonly identity: Identity | undefined;
  readonly apparmorProfile: string | undefined;
  readonly settings: GateSettings;
  /** the program's limit of open files, if it differs from foster's own */
  readonly openFiles: ResourceLimit | undefined;
  /** descriptors beyond stderr that the program gets */
  readonly descriptors: readonly number[];
  /** the process must be held at a gate although its settings need none: for a cgroup, or until it is traced */
  readonly heldBack: boolean;
  /** names of variables for the process's own pid */
  readonly ownPid: readonly string[];
}

export interface Plan {
  /** the file that `posix_spawn` executes */
  readonly path: string;
  readonly argv: readonly string[];
  readonly directory: string;
  readonly umask: number | undefined;
  /** the environment for `posix_spawn`, if it differs from the program's */
  readonly env?: readonly string[];
  /** present if the process stops itself at a gate */
  readonly gate?: GateSettings;
}

export function planOf(needs: Needs, tools: Tools): Plan {
  const { path, argv, env } = withIdentityAndRoot(needs, tools);
  const directory = needs.root === '/' ? needs.directory : '/';
  const common = { directory, umask: needs.umask, ...(env !== undefined && { env }) };
  const gated = needsGate(needs);
  if (!gated && needs.ownPid.length === 0) return { ...common, path, argv };
  const steps = [...(gated ? [STOP] : []), ...needs.ownPid.map((name) => `${name}=$$; export ${name}`)];
  return {
    ...common,
    path: SHELL,
    argv: throughShell(needs, { steps, chain: [path, ...argv.slice(1)], name: argv[0]! }, tools),
    ...(gated && { gate: needs.settings }),
  };
}

/** Stops the process at its gate. */
const STOP = 'kill -STOP $$';

/** Returns whether this is the command line of a process at its gate: its program has not started. */
export function isGate([path, option, script]: readonly string[]): boolean {
  return path === SHELL && option === '-c' && script?.startsWith(`${STOP};`) === true;
}

function needsGate({ settings, heldBack }: Needs): boolean {
  const { limits, nice, oomScoreAdj } = settings;
  return heldBack || limits.length > 0 || nice !== undefined || oomScoreAdj !== undefined;
}

interface Chain {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env?: readonly string[];
}

function withIdentityAndRoot(needs: Needs, tools: Tools): Chain {
  if (needs.root !== '/') return chrooted(needs, tools);
  if (needs.identity === undefined && needs.apparmorProfile === undefined) {
    return { path: needs.program, argv: needs.argv };
  }
  if (tools.setpriv !== undefined) return throughSetpriv(needs, tools.setpriv);
  if (tools.gnuChroot !== undefined && needs.identity !== undefined && needs.apparmorProfile === undefined) {
    const options = [...identityOptions(needs.identity), '--skip-chdir', '/'];
    return { path: tools.gnuChroot, argv: ['chroot', ...options, ...needs.argv] };
  }
  if (needs.apparmorProfile !== undefined) {
    throw LaunchError.other('unable to switch AppArmor profile', 'install setpriv (util-linux)');
  }
  return byItself(needs, tools);
}

/** Returns the command for foster's own become.js, which replaces missing tools. */
function byItself(needs: Needs, { self }: Tools): Chain {
  if (self === undefined) {
    throw LaunchError.other(
      'unable to setuid: no program to do it',
      'install setpriv (util-linux) or GNU coreutils',
    );
  }
  const { program, root, directory, identity, openFiles, descriptors } = needs;
  const task: BecomeTask = {
    program,
    root,
    directory,
    descriptors,
    ...(identity !== undefined && { identity }),
    ...(openFiles !== undefined && { openFiles }),
  };
  // become.js still runs as root, and a file named in the job's NODE_OPTIONS may belong to the job's user
  const env = protectedEnvironment(needs.env);
  return { path: self.node, argv: ['node', self.become, JSON.stringify(task), ...needs.argv], env };
}

function throughSetpriv({ identity, apparmorProfile, argv }: Needs, setpriv: string): Chain {
  const options = [
    ...(identity === undefined
      ? []
      : [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, `--groups=${identity.groups.join(',')}`]),
    ...(apparmorProfile === undefined ? [] : [`--apparmor-profile=${apparmorProfile}`]),
  ];
  return { path: setpriv, argv: ['setpriv', ...options, '--', ...argv] };
}

/**
 * Uses chroot(1), which can also change the identity. It changes to `/`, so another directory needs a shell inside
 * the root.
 */
function chrooted(needs: Needs, tools: Tools): Chain {
  if (needs.apparmorProfile !== undefined) {
    throw LaunchError.other(
      'unable to switch AppArmor profile',
      '`apparmor switch` does not go together with `chroot`',
    );
  }
  const program = needs.identity === undefined ? tools.chroot : tools.gnuChroot;
  if (program === undefined) return byItself(needs, tools);
  const options = needs.identity === undefined ? [] : identityOptions(needs.identity);
  const inside =
    needs.directory === '/'
      ? needs.argv
      : [SHELL, '-c', 'cd -- "$0" && exec "$@"', needs.directory, ...needs.argv];
  return { path: program, argv: ['chroot', ...options, needs.root, ...inside] };
}

/** Returns the options of chroot(1). `+` marks a number, since a user's name may be a number. */
function identityOptions({ uid, gid, groups }: Identity): readonly string[] {
  return [`--userspec=+${uid}:+${gid}`, `--groups=${groups.map((group) => `+${group}`).join(',')}`];
}

/** Variables that a shell sets by itself. */
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL'];

/**
 * Returns the command line of a shell that does something (the gate) before it executes the program. The program's
 * environment is not changed: variables that the shell adds are removed, and env(1) passes variables with names that
 * dash would drop (`discovery.type`).
 */
function throughShell(
  needs: Needs,
  { steps, chain, name }: { steps: readonly string[]; chain: readonly string[]; name: string },
  tools: Tools,
): readonly string[] {
  const script = [...steps, ...SHELL_VARIABLES.map((variable) => restored(variable, needs.env))];
  script.push('exec "$@"');
  const dropped = needs.env.filter((entry) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(entry));
  const through = dropped.length > 0 && tools.env !== undefined ? [tools.env, ...dropped] : [];
  // the job's program is called by its name as written; execvp(3) finds it as foster has found it
  const command = chain[0] === needs.program ? [name, ...chain.slice(1)] : chain;
  return [SHELL, '-c', script.join('; '), SHELL, ...through, ...command];
}

function restored(variable: string, env: readonly string[]): string {
  const entry = env.find((candidate) => candidate.startsWith(`${variable}=`));
  if (entry === undefined) return `unset ${variable}`;
  const value = entry.slice(variable.length + 1).replaceAll("'", `'\\''`);
  return `${variable}='${value}'; export ${variable}`;
}
