/** Loads the engine's configuration from files: rules, templates, and the users and groups that they name. */
import { readUserDatabase } from '../kernel/users/users.js';
import type { Accounts } from './accounts.js';
import type { RuleSet } from './engine.js';
import { readRules, readTemplates, textsOf, type Source } from './files.js';
import { hierarchiesOf, type Hierarchies } from './placement.js';
import { position, type MissingName, type Rule, type RuleError } from './rule.js';
import { unreachableRules } from './unreachable.js';
import type { GroupTemplate } from './templates/group-template.js';

/** Files whose change changes the meaning of rules. */
export const USER_FILES = ['/etc/passwd', '/etc/group'];

export interface ConfigurationSources {
  readonly rules: Source;
  readonly templates: Source;
}

interface Loaded {
  readonly set: RuleSet;
  /** errors, one line each */
  readonly problems: readonly string[];
  /** names that were not found anywhere */
  readonly missing: readonly MissingName[];
}

/** Loads everything, and looks up users and groups that the files do not have. */
export async function loadConfiguration(
  sources: ConfigurationSources,
  accounts: Accounts,
  hierarchies: Hierarchies,
): Promise<Loaded> {
  accounts.refresh();
  let read = readSources(sources, accounts);
  if (read.missing.length > 0 && (await accounts.find(read.missing))) read = readSources(sources, accounts);
  const { rules, templates, errors, missing } = read;
  accounts.expect({
    names: rules.some((rule) => isOfGroup(rule) || rule.destinations.some(({ path }) => /%[ug]/.test(path))),
    groups: rules.some(isOfGroup),
  });
  const { names } = accounts;
  const groupsOf = (uid: number): ReadonlySet<number> | undefined => accounts.groupsOf(uid);
  return {
    set: { rules, templates, names, groupsOf },
    problems: [
      ...errors.map(errorText),
      ...unreachableRules(rules),
      ...absentControllers(templates, hierarchies),
    ],
    missing,
  };
}

function readSources({ rules, templates }: ConfigurationSources, { database }: Accounts) {
  const [fromRules, fromTemplates] = [readRules(rules, database), readTemplates(templates, database)];
  const errors = [...fromRules.errors, ...fromTemplates.errors];
  return {
    rules: fromRules.rules,
    templates: fromTemplates.templates,
    errors,
    missing: errors.flatMap(({ missing }) => missing ?? []),
  };
}

/** Returns a text that changes when any of the files changes. */
export function fingerprint({ rules, templates }: ConfigurationSources): string {
  return JSON.stringify([textsOf(rules), textsOf(templates), readUserDatabase()]);
}

function isOfGroup({ who }: Rule): boolean {
  return who.kind === 'group';
}

function errorText({ file, line, message }: RuleError): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

/**
 * Reports missing controllers. cgrulesengd makes no group for a template with one; here the rest of the
 * template applies.
 */
function absentControllers(templates: readonly GroupTemplate[], hierarchies: Hierarchies): readonly string[] {
  return templates.flatMap((template) =>
    [...template.controllers.keys()]
      .filter((controller) => hierarchiesOf(controller, hierarchies).length === 0)
      .map((controller) => `${position(template)}: the controller ${controller} is not there`),
  );
}
