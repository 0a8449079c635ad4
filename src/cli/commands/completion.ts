/**
 * foster completion SHELL: prints a script that completes commands, options, their values, files and the
 * names of jobs.
 */
import { usageError } from '../cli-error.js';
import type { CommandSpec } from '../command-spec.js';
import { bash, zsh } from '../completion/bash.js';
import { fish } from '../completion/fish.js';
import { fosterProgram, initctlProgram, type CompletedProgram } from '../completion/model.js';
import { EXIT } from '../exit-status.js';
import { allCommands } from '../initctl/main.js';
import type { Invocation } from '../invocation.js';

const SHELLS: Readonly<Record<string, (programs: readonly CompletedProgram[]) => string>> = {
  bash,
  zsh,
  fish,
};

/** @param commands those of `foster` */
export async function completion(commands: readonly CommandSpec[], invocation: Invocation): Promise<number> {
  const [shell = ''] = invocation.words;
  const script = SHELLS[shell];
  if (script === undefined) {
    throw usageError(`completion ${shell}: expected ${Object.keys(SHELLS).join(', ')}`);
  }
  invocation.terminal.out(script([fosterProgram(commands), initctlProgram(await allCommands())]));
  return EXIT.ok;
}
