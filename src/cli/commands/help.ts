/** foster help [COMMAND]: the same as `foster --help` and `foster COMMAND --help`. */
import type { CommandGroup } from '../command-spec.js';
import type { Invocation } from '../invocation.js';
import { runProgram } from '../program.js';

/** @param groups the commands of `foster` */
export function help(groups: readonly CommandGroup[], { terminal, words }: Invocation): Promise<number> {
  const [word] = words;
  const isKnown =
    word === undefined || groups.some(({ commands }) => commands.some(({ name }) => name === word));
  // for an unknown command with --help, commander lists the commands instead of reporting it
  return runProgram(isKnown ? [...words, '--help'] : words, terminal, groups);
}
