/**
 * Formats the summary of an import: what became of each setting, by job. A restriction of the service that
 * was lost is stressed.
 */
import type { ImportResult } from '../../import/import.js';
import { counted } from '../../text/phrases.js';
import type { Finding } from '../../import/model.js';

interface Counts {
  readonly kept: number;
  readonly approximated: number;
  readonly dropped: number;
}

export function countsOf(findings: readonly Finding[]): Counts {
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  return { kept: count('kept'), approximated: count('approximated'), dropped: count('dropped') };
}

export function allFindings({ jobs, findings }: ImportResult): readonly Finding[] {
  return [...jobs.flatMap(({ service }) => service.findings), ...findings];
}

/** Returns the summary for people. */
export function summaryLines(result: ImportResult): readonly string[] {
  const lines = result.jobs.flatMap(({ file, service }) => [
    `${file.path}  from ${service.source}`,
    ...findingLines(service.findings),
  ]);
  if (result.findings.length > 0) lines.push('of the files themselves', ...findingLines(result.findings));
  return [...lines, ...sandboxLines(result), totalLine(result)];
}

function findingLines(findings: readonly Finding[]): readonly string[] {
  const kept = [...new Set(findings.filter(({ verdict }) => verdict === 'kept').map(({ word }) => word))];
  const others = findings.flatMap((finding) => {
    switch (finding.verdict) {
      case 'kept':
        return [];
      case 'approximated':
        return [`  approximated  ${setting(finding)}: ${finding.as}: ${finding.how}`];
      case 'dropped':
        return [
          `  ${finding.sandbox === true ? 'DROPPED     ' : 'dropped     '}  ${setting(finding)}: ${finding.why}${finding.instead === undefined ? '' : `; instead: ${finding.instead}`}`,
        ];
    }
  });
  return [...(kept.length > 0 ? [`  kept          ${kept.join(', ')}`] : []), ...others];
}

const LONGEST_VALUE = 60;

function setting({ word, value }: Finding): string {
  if (value === undefined || value === '') return word;
  const line = value.replace(/\s+/g, ' ');
  return `${word}=${line.length > LONGEST_VALUE ? `${line.slice(0, LONGEST_VALUE - 3)}...` : line}`;
}

function sandboxLines({ jobs }: ImportResult): readonly string[] {
  const unconfined = jobs.flatMap(({ service }) => {
    const words = service.findings.flatMap((finding) =>
      finding.verdict === 'dropped' && finding.sandbox === true ? [finding.word] : [],
    );
    return words.length === 0 ? [] : [`  ${service.name}: ${[...new Set(words)].join(', ')}`];
  });
  if (unconfined.length === 0) return [];
  return [
    'WARNING: these jobs have fewer restrictions than before; DROPPED above lists possible substitutes:',
    ...unconfined,
  ];
}

function totalLine(result: ImportResult): string {
  const { kept, approximated, dropped } = countsOf(allFindings(result));
  return `${counted(result.jobs.length, 'job')}: ${kept} settings kept, ${approximated} approximated, ${dropped} dropped`;
}
