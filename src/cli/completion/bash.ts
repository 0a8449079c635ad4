/** Completion for bash and for zsh, which runs bash's completion functions unchanged. */
import { flagsOf, type CompletedOption, type CompletedProgram, type Words } from './model.js';

/** Returns shell code that sets `words` to the candidates. */
function complete(words: Words): string {
  if (words === 'jobs') return 'jobs=yes';
  if (words === 'files') return 'files=yes';
  return `words='${(words ?? []).join(' ')}'`;
}

/** Commands that print the names of jobs; `foster list` asks the supervisor that the command line names. */
const JOBS: Readonly<Record<CompletedProgram['name'], string>> = {
  // `postgres` is all of its instances, `postgres (15/main)` is one
  foster: `foster \${socket:+--socket "$socket"} list --names 2>/dev/null | sed -n 'p; s/ (.*//p' | sort -u`,
  initctl: `initctl list 2>/dev/null | sed 's/ .*//' | sort -u`,
};

function withValue(options: readonly CompletedOption[]): readonly CompletedOption[] {
  return options.filter(({ value }) => value !== undefined);
}

function patternOf(options: readonly CompletedOption[]): string {
  return options.flatMap(flagsOf).join('|');
}

export function bash(programs: readonly CompletedProgram[]): string {
  return programs.map(script).join('\n');
}

function script(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const takesValue = withValue(options);
  const skip =
    takesValue.length === 0
      ? ''
      : `      ${patternOf(takesValue)})
        option=\${COMP_WORDS[i]} i=$((i + 1))
        [ "\${COMP_WORDS[i]}" != = ] || i=$((i + 1))
        [ "$option" != --socket ] || socket=\${COMP_WORDS[i]} ;;\n`;
  return `# bash completion for ${name}: source <(foster completion bash)
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command= socket= option= prefix= words= files= jobs= title quoted i
  _foster_jobs() { ${JOBS[name]}; }
  # --option=value is three words to bash, and one to zsh or without = in COMP_WORDBREAKS
  if [ "$current" = = ]; then current=; elif [ "$previous" = = ]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  case $current in
    --*=*) previous=\${current%%=*} prefix=\${current%%=*}= current=\${current#*=} ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
${skip}      --socket=*) socket=\${COMP_WORDS[i]#*=} ;;
      -*|=) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case "$command $previous" in
${valueCases(program)}
    *)
      case $command in
        '') words='${[...commands.map((command) => command.name), ...options.map((option) => `--${option.name}`)].join(' ')}' ;;
${commands.map((command) => `        ${command.name}) if [ "\${current#-}" != "$current" ]; then words='${command.options.map((option) => `--${option.name}`).join(' ')}'; else ${complete(command.operands)}; fi ;;`).join('\n')}
      esac ;;
  esac
  if [ -n "$files" ]; then
    COMPREPLY=()
    while IFS= read -r title; do
      # zsh inserts it as it is; bash quotes the names of files
      [ -z "$ZSH_VERSION" ] || printf -v title %q "$title"
      COMPREPLY+=("$title")
    done < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  elif [ -n "$jobs" ]; then
    # a title has spaces and parentheses: it is offered as it has to be typed
    COMPREPLY=()
    while IFS= read -r title; do
      case $current in
        [\\"\\']*) [[ $title != "\${current:1}"* ]] || COMPREPLY+=("$title") ;;
        *)
          printf -v quoted %q "$title"
          [[ $quoted != "$current"* ]] || COMPREPLY+=("$quoted") ;;
      esac
    done < <(_foster_jobs)
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
  [ -z "$prefix" ] || COMPREPLY=("\${COMPREPLY[@]/#/$prefix}")
}
complete -F _${name} ${name}
`;
}

/** Returns the cases in which the next word is an option's value. */
function valueCases({ commands, options }: CompletedProgram): string {
  const line = (command: string, option: CompletedOption): string =>
    `    ${flagsOf(option)
      .map((flag) => `"${command} ${flag}"`)
      .join('|')}) ${complete(option.value?.words)} ;;`;
  return [
    ...withValue(options).map((option) => line('', option)),
    ...commands.flatMap((command) => withValue(command.options).map((option) => line(command.name, option))),
  ].join('\n');
}

/**
 * Returns a script that can be sourced, and that compinit finds as `_foster` in a directory of $fpath. In the second
 * case zsh runs the file as the function `_foster` when it first completes one of the programs.
 */
export function zsh(programs: readonly CompletedProgram[]): string {
  return `#compdef ${programs.map(({ name }) => name).join(' ')}
# zsh completion for foster and initctl: source <(foster completion zsh)
(( $+functions[compdef] )) || { autoload -U +X compinit && compinit; }
autoload -U +X bashcompinit && bashcompinit
${bash(programs)}
[[ $funcstack[1] != _foster ]] || _bash_complete -F _$service
`;
}
