/** foster completion SHELL: a script that completes commands, options and the names of jobs. */
import { usageError } from '../cli-error.js';
import { COMMON_OPTIONS, type CommandSpec } from '../command-spec.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

type Commands = readonly CommandSpec[];

const SHELLS: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish };
/** Prints the names of all jobs, without their instances. */
const JOB_NAMES = "foster list --names 2>/dev/null | sed 's/ .*//' | sort -u";

/** @param commands what is completed */
export function completion(commands: Commands, invocation: Invocation): Promise<number> {
  const [shell = ''] = invocation.words;
  const script = SHELLS[shell];
  if (script === undefined) {
    throw usageError(`completion ${shell}: expected ${Object.keys(SHELLS).join(', ')}`);
  }
  invocation.terminal.out(script(commands));
  return Promise.resolve(EXIT.ok);
}

function optionsOf(spec: CommandSpec): string {
  const names = Object.keys({ ...spec.options, ...COMMON_OPTIONS });
  return names.map((name) => `--${name}`).join(' ');
}

function jobCommands(commands: Commands, separator: string): string {
  return commands
    .filter((spec) => spec.completes === 'jobs')
    .map((spec) => spec.name)
    .join(separator);
}

function bash(commands: Commands): string {
  const cases = commands.map((spec) => `    ${spec.name}) words="${optionsOf(spec)}" ;;`).join('\n');
  return `# bash completion for foster: source <(foster completion bash)
_foster() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current"))
    return
  fi
  case "$command" in
${cases}
  esac
  case "$command" in
    ${jobCommands(commands, '|')})
      case "$current" in -*) ;; *) words="$(${JOB_NAMES})" ;; esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _foster foster
`;
}

/** zsh runs bash's completion functions itself. */
function zsh(commands: Commands): string {
  return `# zsh completion for foster: source <(foster completion zsh)
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bash(commands)}`;
}

function fish(commands: Commands): string {
  const names = commands.map(
    (spec) => `complete -c foster -n __fish_use_subcommand -a ${spec.name} -d ${quote(spec.summary)}`,
  );
  const options = commands.flatMap((spec) =>
    Object.entries({ ...spec.options, ...COMMON_OPTIONS }).map(([name, option]) => {
      const value = option.value === undefined ? '' : ' -r';
      return `complete -c foster -n '__fish_seen_subcommand_from ${spec.name}' -l ${name}${value} -d ${quote(option.help)}`;
    }),
  );
  const jobs = `complete -c foster -n '__fish_seen_subcommand_from ${jobCommands(commands, ' ')}' -a "(${JOB_NAMES.replaceAll('\\', '\\\\').replaceAll('"', '\\"')})"`;
  return [
    '# fish completion for foster: foster completion fish | source',
    'complete -c foster -f',
    ...names,
    ...options,
    jobs,
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
