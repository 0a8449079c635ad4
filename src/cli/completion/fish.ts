/** Completion for fish. */
import type { CompletedOption, CompletedProgram, Words } from './model.js';

const JOBS: Readonly<Record<CompletedProgram['name'], string>> = {
  // `postgres` is all of its instances, `postgres (15/main)` is one; fish escapes what it inserts
  foster: '__foster_jobs',
  initctl: "initctl list 2>/dev/null | string replace -r ' .*' ''",
};

/** Asks the supervisor that the command line names. */
const ASK = `function __foster_jobs
    set -l socket
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case --socket
                set socket --socket $words[(math $i + 1)]
            case '--socket=*'
                set socket --socket (string replace -- --socket= '' $words[$i])
        end
    end
    foster $socket list --names 2>/dev/null | sed -n 'p; s/ (.*//p' | sort -u
end`;

export function fish(programs: readonly CompletedProgram[]): string {
  return `# fish completion for foster and initctl: foster completion fish | source
${ASK}
${programs.map(script).join('\n')}`;
}

function script(program: CompletedProgram): string {
  const { name, commands, options } = program;
  const words = (kind: Words): string => {
    if (kind === 'jobs') return `-a "(${JOBS[name]})"`;
    return kind === 'files' ? '-F' : kind === undefined ? '' : `-a ${quote(kind.join(' '))}`;
  };
  const option = (condition: string, { name: long, short, help, value }: CompletedOption): string =>
    [
      `complete -c ${name} -n ${quote(condition)} -l ${long}`,
      short === undefined ? '' : `-s ${short}`,
      value === undefined ? '' : `-x ${words(value.words)}`.replace('-x -F', '-r -F').trim(),
      `-d ${quote(help)}`,
    ]
      .filter((part) => part !== '')
      .join(' ');
  return [
    `complete -c ${name} -f`,
    ...options.map((one) => option('__fish_use_subcommand', one)),
    ...commands.flatMap((command) => {
      const condition = `__fish_seen_subcommand_from ${command.name}`;
      return [
        `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`,
        ...command.options.map((one) => option(condition, one)),
        ...(command.operands === undefined
          ? []
          : [`complete -c ${name} -n ${quote(condition)} ${words(command.operands)}`]),
      ];
    }),
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
