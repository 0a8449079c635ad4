/** foster replay FILE: prints what the tracker concludes from a recorded trace, and why. */
import { readFile } from 'node:fs/promises';
import { isCodedError } from '../../kernel/errno.js';
import { parseTrace, TraceError } from '../../tracker/trace/format.js';
import { replay } from '../../tracker/trace/replay.js';
import type { Verdict } from '../../tracker/verdict.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function replayTrace(invocation: Invocation): Promise<number> {
  const [file = ''] = invocation.words;
  const verdicts = await readVerdicts(file);
  const start = verdicts[0]?.time ?? 0;
  if (invocation.json) for (const verdict of verdicts) invocation.printJsonLine(asJson(verdict));
  else invocation.explain(verdicts.map((verdict) => textLine(verdict, start)));
  return EXIT.ok;
}

async function readVerdicts(file: string): Promise<readonly Verdict[]> {
  try {
    return replay(parseTrace(await readFile(file, 'utf8'), file));
  } catch (error) {
    // a bad file is the caller's mistake and gets one sentence; anything else is a bug and keeps its stack
    if (!(error instanceof TraceError || isCodedError(error))) throw error;
    const { message } = error;
    throw new CliError(message.includes(file) ? message : `${file}: ${message}`);
  }
}

function asJson(verdict: Verdict): Readonly<Record<string, unknown>> {
  // a trace has one job, so its key is dropped; `time` is `t` in traces
  const { time: t, job: _, ...rest } = verdict;
  return { t, ...rest };
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
