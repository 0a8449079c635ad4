import { Option, type Command } from 'commander';
import { CliError } from '../cli-error.js';
import { checkFile, syntaxOf } from '../../jobfile/check.js';
import { convert } from '../../jobfile/convert.js';
import type { Syntax } from '../../jobfile/draft.js';
import { formatError } from '../../jobfile/job-file-error.js';

/** `foster convert FILE`: the same job class in the other form; comments are lost. */
export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('write a job file in the other form (without its comments)')
    .argument('<file>', 'a job file: .conf or .ini')
    .addOption(
      new Option('--to <form>', 'the form to write (default: the other one)').choices(['ini', 'conf']),
    )
    .action((file: string, options: { to?: Syntax }, command: Command) => {
      const checked = checkFile(file);
      if (!checked.ok) throw new CliError(checked.errors.map(formatError).join('\n'));
      const to = options.to ?? (syntaxOf(file) === 'ini' ? 'conf' : 'ini');
      command.configureOutput().writeOut?.(convert(checked.class, to));
    });
}
