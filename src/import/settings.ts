/**
 * Settings in terms of foster's own table of stanzas. Each is applied to a draft as the parsers do, and
 * rejected if they would reject it, so that the result passes `foster check`. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { checkText } from '../jobfile/check.js';
import { iniCommand } from '../jobfile/ini/command.js';
import { ConfLexer } from '../jobfile/conf/lexer.js';
import { finish, newDraft, type Draft } from '../jobfile/draft.js';
import { parseExpression } from '../jobfile/expression/parser.js';
import type { JobClass } from '../jobfile/job-class/job-class.js';
import { explain, Refusal } from '../jobfile/job-file-error.js';
import { decode } from '../jobfile/stanzas/read-values.js';
import type { Stanza } from '../jobfile/stanzas/stanza.js';
import { STANZAS } from '../jobfile/stanzas/table.js';
import { writeIni, type CommentsFor } from '../jobfile/ini/write.js';
import type { Setting } from './model.js';

const BY_NAME = new Map(STANZAS.map((stanza) => [stanza.name, stanza]));

/** Returns a class with these settings; of equal ones the last counts. */
export function classOf(name: string, settings: readonly Pick<Setting, 'stanza' | 'words'>[]): JobClass {
  const draft = newDraft(name, { path: `${name}.ini`, syntax: 'ini' });
  for (const { stanza, words } of settings) apply(draft, stanzaNamed(stanza), words);
  return finish(draft);
}

/** Returns why foster rejects a setting; undefined if it accepts it. */
export function refusalOf(setting: Pick<Setting, 'stanza' | 'words'>): string | undefined {
  try {
    const job = classOf('job', [setting]);
    return whyNotRead(job, writeIni(job));
  } catch (error) {
    if (error instanceof Refusal) return explain(error.refused);
    throw error;
  }
}

/**
 * Returns what `foster check` would say about a text, or that it differs from the class from which it was
 * written.
 */
export function whyNotRead(job: JobClass, text: string): string | undefined {
  const checked = checkText(text, job.name, 'ini', job.source.path);
  if (!checked.ok) return explain(checked.errors[0]);
  return isDeepStrictEqual(checked.class, job) ? undefined : 'a job file cannot say this exactly';
}

/**
 * Applies the words of a stanza to a draft.
 * @throws Refusal
 */
function apply(draft: Draft, stanza: Stanza, words: readonly string[]): void {
  const { body } = stanza;
  switch (body.kind) {
    case 'word':
      body.apply(draft);
      return;
    case 'flag':
      body.apply(draft, true);
      return;
    case 'arguments':
      body.apply(
        draft,
        words.map((word, index) => {
          const argument = body.arguments[index];
          if (argument === undefined)
            throw new Refusal({
              line: 0,
              message: 'Unexpected token',
              found: `"${word}"`,
              expected: 'the end of the line',
            });
          return decode(argument, word, 0);
        }),
      );
      return;
    case 'list':
      body.apply(
        draft,
        words.map((word) => decode(body.of, word, 0)),
      );
      return;
    case 'line':
      body.apply(draft, iniCommand(words.join(' ')).command);
      return;
    case 'command':
      draft.processes[body.process] = { exec: words.join(' ') };
      return;
    case 'script':
      draft.processes[body.process] = { script: words.map((line) => `${line}\n`).join('') };
      return;
    case 'expression':
      draft[body.field] = parseExpression(new ConfLexer(words.join(' '), { comments: false }));
      return;
  }
}

function stanzaNamed(name: string): Stanza {
  const stanza = BY_NAME.get(name);
  if (stanza === undefined) throw new Error(`there is no stanza ${name}`);
  return stanza;
}

/** Returns the comments of settings, for the writer. */
export function commentsOf(settings: readonly Setting[]): CommentsFor {
  const left = new Map<string, readonly string[]>();
  for (const { stanza, words, comments } of settings) {
    const isNamed = stanza === 'env' || stanza === 'limit';
    const key = isNamed ? `${stanza} ${(words[0] ?? '').split('=')[0]!}` : stanza;
    left.set(key, [...(left.get(key) ?? []), ...comments]);
  }
  return (stanza, first) => {
    const key = [`${stanza} ${first.replace(/^limit /, '')}`, stanza].find((name) => left.has(name));
    if (key === undefined) return [];
    const found = left.get(key)!;
    left.delete(key);
    return found;
  };
}
