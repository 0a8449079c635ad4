/**
 * Parses the `template` sections of cgconfig.conf(5). Pure.
 *
 *      template NAME {
 *          perm { task { uid = U; gid = G; fperm = 660; } admin { uid = U; gid = G; dperm = 750; fperm = 640; } }
 *          CONTROLLER { FILE = VALUE; }
 *      }
 *
 * Skips the other sections (mount, group, default, systemd, namespace), which are cgconfigparser(8)'s.
 * cgrulesengd exits at the first error; this parser reports each with its line, and keeps the other sections.
 */
import { findGroup, findUser, type UserDatabase } from '../../kernel/users/users.js';
import type { RuleError } from '../rule.js';
import { templateName, type AdminAccess, type GroupTemplate, type Parameter } from './group-template.js';
import { SectionError, SectionReader } from './section-reader.js';
import { tokensOf } from './tokens.js';

export interface ParsedTemplates {
  readonly templates: readonly GroupTemplate[];
  readonly errors: readonly RuleError[];
}

/** Sections that cgrulesengd ignores. */
const OTHERS = ['mount', 'group', 'default', 'systemd', 'namespace'];

/** @param file its name, for messages */
export function parseTemplates(text: string, file: string, database: UserDatabase): ParsedTemplates {
  const { tokens, openQuote } = tokensOf(text);
  const reader = new SectionReader(tokens);
  const templates: GroupTemplate[] = [];
  const errors: RuleError[] = [];
  while (!reader.atEnd) {
    const begin = reader.mark();
    try {
      const template = section(reader, file, database);
      if (template !== undefined) templates.push(template);
    } catch (error) {
      if (!(error instanceof SectionError)) throw error;
      errors.push({ file, line: error.line, message: error.message, missing: error.missing });
      reader.skipSection(begin);
    }
  }
  if (openQuote !== undefined) errors.push({ file, line: openQuote, message: 'a quote " is not closed' });
  return { templates, errors };
}

/** @returns undefined for a section that is not a template */
function section(reader: SectionReader, file: string, database: UserDatabase): GroupTemplate | undefined {
  const keyword = reader.word(`template, or one of ${OTHERS.join(', ')}`);
  if (keyword.text !== 'template' || keyword.quoted) {
    if (!OTHERS.includes(keyword.text) || keyword.quoted)
      throw new SectionError(
        keyword.line,
        `expected template, or one of ${OTHERS.join(', ')}, found "${keyword.text}"`,
      );
    // `default {`, but `group NAME {`
    if (!reader.isNext('{')) reader.word('the name of a group');
    reader.skipBlock();
    return undefined;
  }
  const name = templateName(reader.word('the name of a template').text);
  if (name === '') throw new SectionError(keyword.line, 'expected the name of a template, found none');
  return { file, line: keyword.line, name, ...body(reader, database) };
}

function body(
  reader: SectionReader,
  database: UserDatabase,
): Pick<GroupTemplate, 'task' | 'admin' | 'controllers'> {
  const controllers = new Map<string, readonly Parameter[]>();
  let permissions: Partial<Record<'task' | 'admin', AdminAccess>> = {};
  reader.block(() => {
    const { text, line, quoted } = reader.word('perm, or the name of a controller');
    if (text === 'perm' && !quoted) {
      permissions = permissionsOf(reader, database);
      return;
    }
    if (controllers.has(text)) throw new SectionError(line, `the controller ${text} is there twice`);
    const parameters: Parameter[] = [];
    reader.assignments((key, value) => parameters.push({ file: key.text, value, line: key.line }));
    controllers.set(text, parameters);
  });
  return { task: permissions.task, admin: permissions.admin, controllers };
}

function permissionsOf(
  reader: SectionReader,
  database: UserDatabase,
): Partial<Record<'task' | 'admin', AdminAccess>> {
  const found: Partial<Record<'task' | 'admin', AdminAccess>> = {};
  reader.block(() => {
    const { text, line } = reader.word('task or admin');
    if (text !== 'task' && text !== 'admin')
      throw new SectionError(line, `expected task or admin, found "${text}"`);
    found[text] = access(reader, text, database);
  });
  return found;
}

/** Parses permissions. A directory has no task permissions: `dperm` is only for the admin. */
function access(reader: SectionReader, of: 'task' | 'admin', database: UserDatabase): AdminAccess {
  const found: Record<string, number> = {};
  const keys = of === 'admin' ? ['uid', 'gid', 'fperm', 'dperm'] : ['uid', 'gid', 'fperm'];
  reader.assignments((key, value) => {
    if (!keys.includes(key.text))
      throw new SectionError(key.line, `expected one of ${keys.join(', ')} in ${of}, found "${key.text}"`);
    found[key.text] = accessValue(key.text, value, key.line, database);
  });
  return {
    uid: found['uid'],
    gid: found['gid'],
    fileMode: found['fperm'],
    directoryMode: found['dperm'],
  };
}

function accessValue(key: string, value: string, line: number, database: UserDatabase): number {
  if (key === 'uid' || key === 'gid') {
    const id = key === 'uid' ? findUser(database, value)?.uid : findGroup(database, value)?.gid;
    if (id !== undefined) return id;
    // a number is accepted, whether or not a user has it
    if (/^\d+$/.test(value)) return Number(value);
    const kind = key === 'uid' ? 'user' : 'group';
    throw new SectionError(line, `there is no ${kind} "${value}"`, { kind, name: value });
  }
  if (!/^[0-7]{1,4}$/.test(value))
    throw new SectionError(line, `expected permissions in octal such as 640, found "${value}"`);
  return Number.parseInt(value, 8);
}
