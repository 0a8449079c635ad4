import { quoteWord, writeExpression } from '../expression/print.js';
import { commandAsWritten } from '../ini/command.js';
import type { JobClass } from '../job-class/job-class.js';
import { TOPICS, type Stanza } from '../stanzas/stanza.js';
import { isSecondWord, STANZAS } from '../stanzas/table.js';

/** Writes a class in Upstart's syntax, by topic, in the order of the stanza table. */
export function writeConf(job: JobClass): string {
  const topics = TOPICS.map((topic) =>
    STANZAS.filter((stanza) => stanza.topic === topic)
      .map((stanza) => writeStanza(stanza, job))
      .join(''),
  );
  return topics.filter((text) => text !== '').join('\n');
}

function writeStanza(stanza: Stanza, job: JobClass): string {
  const { body, name } = stanza;
  switch (body.kind) {
    case 'word':
    case 'flag':
      return body.write(job) ? `${name}\n` : '';
    case 'arguments':
      return body
        .write(job, 'conf')
        .map((words) => `${[name, ...words.map((word) => written(stanza, word))].join(' ')}\n`)
        .join('');
    case 'list': {
      const words = body.write(job);
      return words.length === 0 ? '' : `${[name, ...words.map(quoteWord)].join(' ')}\n`;
    }
    case 'command': {
      const command = job.processes[body.process];
      return command !== undefined && 'exec' in command ? `${name} ${command.exec}\n` : '';
    }
    case 'line': {
      const command = body.write(job);
      if (command === undefined) return '';
      // a command that the shell runs as a whole in an `.ini` file needs `sh -c` in `.conf`
      const line =
        'exec' in command ? command.exec : `sh -c ${shellQuoted(commandAsWritten(command).trimEnd())}`;
      return `${name} ${line}\n`;
    }
    case 'script': {
      const command = job.processes[body.process];
      return command !== undefined && 'script' in command
        ? `${name}\n${indent(command.script)}end script\n`
        : '';
    }
    case 'expression': {
      const expression = job[body.field];
      return expression === undefined ? '' : `${name} ${writeExpression(expression)}\n`;
    }
  }
}

/** Writes a word. Quotes keep a word after a name from becoming part of the name: `env "file"`. */
function written(stanza: Stanza, word: string): string {
  return isSecondWord(stanza, word) ? `"${word}"` : quoteWord(word);
}

/**
 * Indents a script. The parser removes common indentation again, but there is none if a line is empty
 * (upstart.md 1.3).
 */
function indent(script: string): string {
  const lines = script.split('\n').slice(0, -1);
  const step = lines.includes('') ? '' : '  ';
  return lines.map((line) => `${step}${line}\n`).join('');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
