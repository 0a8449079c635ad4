/** The source of jobs that no file defines: COMMAND of `foster init`, and its rules. */
export const COMMAND_LINE = { path: 'the command line', syntax: 'conf' } as const;
