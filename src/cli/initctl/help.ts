/** Formats `initctl --help` and `initctl COMMAND --help`. */
import { COMMON_OPTIONS, type OptionTable } from './arguments.js';
import type { InitctlCommand } from './command.js';

type Described = Pick<InitctlCommand, 'synopsis' | 'summary' | 'options'>;

export function programHelp(program: string, commands: Readonly<Record<string, InitctlCommand>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return [
    `Usage: ${program} [OPTION]... COMMAND [OPTION]... [ARG]...`,
    '',
    'Options:',
    ...optionRows(COMMON_OPTIONS),
    '',
    'Commands:',
    ...table(rows),
    '',
    `For more information on a command, try \`${program} COMMAND --help'.`,
    '',
  ].join('\n');
}

export function commandHelp(program: string, name: string, command: Described): string {
  const called = program === name ? program : `${program} ${name}`;
  return [
    `Usage: ${called} [OPTION]... ${command.synopsis}`.trimEnd(),
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    '',
    'Options:',
    ...optionRows({ ...command.options, ...COMMON_OPTIONS }),
    '',
  ].join('\n');
}

function optionRows(options: OptionTable): readonly string[] {
  return table(
    Object.entries(options).map(([name, { short, value, help }]) => {
      const long = `--${name}${value === undefined ? '' : `=${value}`}`;
      return [short === undefined ? `    ${long}` : `-${short}, ${long}`, help] as const;
    }),
  );
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
}
