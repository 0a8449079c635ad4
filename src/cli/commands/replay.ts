import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseTrace, TraceError } from '../../tracker/trace/format.js';
import { replay } from '../../tracker/trace/replay.js';
import type { Verdict } from '../../tracker/verdict.js';

/** `foster replay FILE.jsonl`: what the tracker concludes from a recorded trace, and why. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('feed a recorded trace through the tracker and print its verdicts')
    .argument('<file>', 'a trace as `foster record` writes it (JSON lines)')
    .option('--json', 'one JSON object a verdict')
    .action(async (file: string, options: { json?: boolean }) => {
      const verdicts = await readVerdicts(file);
      if (verdicts === undefined) return;
      const start = verdicts[0]?.time ?? 0;
      const lines = verdicts.map((verdict) => (options.json ? jsonLine(verdict) : textLine(verdict, start)));
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
}

async function readVerdicts(file: string): Promise<Verdict[] | undefined> {
  try {
    return replay(parseTrace(await readFile(file, 'utf8'), file));
  } catch (error) {
    // a wrong file is the caller's mistake, and one sentence says which; anything else is ours, with its stack
    const known = error instanceof TraceError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!known) throw error;
    const { message } = error as Error;
    process.stderr.write(`foster: ${message.includes(file) ? message : `${file}: ${message}`}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

function jsonLine(verdict: Verdict): string {
  // a trace has one job, so its key says nothing; the time goes by the trace's own name for it
  const { time: t, job: _, ...rest } = verdict;
  return JSON.stringify({ t, ...rest });
}

function textLine(verdict: Verdict, start: number): string {
  const ms = ((verdict.time - start) / 1e6).toFixed(1).padStart(10);
  return `${ms} ms  ${verdict.verdict.padEnd(9)}  ${subject(verdict)}: ${verdict.reason}`;
}

function subject(verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'hand-off':
      return `${verdict.pid} -> ${verdict.to}`;
    case 'ambiguous':
      return `${verdict.pid} among ${verdict.candidates.join(' ')}`;
    case 'main':
    case 'died':
    case 'ended':
    case 'detached':
      return `${verdict.pid}`;
  }
}
