/**
 * How a process gets from `posix_spawn` to its program. Pure.
 *
 * Directory, session, descriptors and umask are given to `posix_spawn` itself. For another root or identity a small program
 * comes in between, which changes itself and then executes the job's. What can only be set from outside, and only while
 * the process is still root and has not begun (limits, priority, oom score, cgroup, a tracer), needs a gate: a shell that
 * stops itself first (DESIGN section 3).
 *
 * The order is that of Upstart's child set-up (section 2.1): limits, umask, nice, oom, root, directory, identity.
 */
import type { ResourceLimit } from '../../kernel/kernel.js';
import type { BecomeTask } from './become.js';
import { SHELL } from './command.js';
import type { Identity } from './identity.js';
import { setAside } from './inherited-environment.js';
import { LaunchError } from './launch-error.js';
import type { Tools } from './tools.js';

/** What the supervisor sets while the process stands at the gate. */
export interface GateSettings {
  readonly limits: readonly ResourceLimit[];
  readonly nice: number | undefined;
  readonly oomScoreAdj: number | undefined;
}

/** What a process needs, everything looked up. */
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
  /** the limit of open files that the program is to have, where it is not the supervisor's */
  readonly openFiles: ResourceLimit | undefined;
  /** descriptors beyond stderr that the program is given */
  readonly descriptors: readonly number[];
  /** somebody else (a tracer, a cgroup) must act before the program's first instruction */
  readonly heldBack: boolean;
  /** names of variables that are to hold the process's own pid */
  readonly ownPid: readonly string[];
}

export interface Plan {
  /** what `posix_spawn` executes */
  readonly path: string;
  readonly argv: readonly string[];
  readonly directory: string;
  readonly umask: number | undefined;
  /** where it is another one than the program's: what comes in between puts it right */
  readonly env?: readonly string[];
  /** present when the process stops itself at a gate */
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

/** How a process holds itself at the gate. */
const STOP = 'kill -STOP $$';

/** Whether this is the command line of a process that has not gone beyond its gate: its program has not begun. */
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

/** Without any tool, foster's own program does it. */
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
  // it is root still: what the job's NODE_OPTIONS name may be the job's user's
  const env = setAside(needs.env);
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

/** chroot(1) goes to `/`, so that another directory is for a shell inside; it changes the identity itself, needing nothing inside. */
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

/** `+` says that a number is meant, whatever names there are. */
function identityOptions({ uid, gid, groups }: Identity): readonly string[] {
  return [`--userspec=+${uid}:+${gid}`, `--groups=${groups.map((group) => `+${group}`).join(',')}`];
}

/** Variables that a shell sets although nobody asked for them. */
const SHELL_VARIABLES = ['PWD', 'OLDPWD', 'SHLVL'];

/**
 * The command line of a shell that does something before it becomes the program (a gate). The program's environment passes through the shell unchanged: what the shell adds is taken away
 * again, and variables whose names are no names to a shell (`discovery.type`), which dash drops, go by env(1).
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
  // a program of the job keeps the name by which it was called; execvp(3) finds it as it was found before the start
  const command = chain[0] === needs.program ? [name, ...chain.slice(1)] : chain;
  return [SHELL, '-c', script.join('; '), SHELL, ...through, ...command];
}

function restored(variable: string, env: readonly string[]): string {
  const entry = env.find((candidate) => candidate.startsWith(`${variable}=`));
  if (entry === undefined) return `unset ${variable}`;
  const value = entry.slice(variable.length + 1).replaceAll("'", `'\\''`);
  return `${variable}='${value}'; export ${variable}`;
}
