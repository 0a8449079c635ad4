/** The rules, templates, users and programs with which the rules engine and cgrulesengd are compared. */
import { join } from 'node:path';

/** where everything of this comparison is; made by rules-beside-cgrulesengd.js, in a mount namespace of its own */
export const directory = process.env.RULES_BESIDE;
export const bin = join(directory, 'bin');
export const CONTROLLERS = ['cpu', 'memory', 'pids'];
const ALL = CONTROLLERS.join(',');
/** all groups are below it */
export const SCOPE = 'rules-beside';
export const USERS = 24;
export const FIRST_UID = 61000;
/** group g0 has users 12 to 15, g1 16 to 19 */
export const GROUPS = { g0: [12, 13, 14, 15], g1: [16, 17, 18, 19] };
export const FIRST_GID = 61500;

export const PROGRAMS = [
  'make',
  'server',
  'a-rather-long-program-name',
  'tool',
  'batch',
  'plain',
  'star1',
  'star2',
  'shared',
].map((name) => `rb-${name}`);

/** Rules of every kind that cgrulesengd 2.0.2 reads. Each user's rules are about the same controllers: what counts is where a process ends up, not on which way. */
export function rulesText() {
  const to = (path) => `${SCOPE}/${path}`;
  const lines = ['# rules of every kind', '', `   # indented`];
  lines.push(`fr0 ${ALL} ${to('kept')} ignore`);
  for (const n of [0, 1, 2, 3]) {
    lines.push(`fr${n}:rb-make ${ALL} ${to(`make${n}`)}   # by name`);
    lines.push(`fr${n}:${bin}/rb-server\t${ALL}\t/${to(`server${n}`)}/`);
    lines.push(`fr${n}:${bin}/rb-star* ${ALL} ${to(`star${n}`)}`);
    lines.push(
      `fr${n} cpu ${to(`user${n}`)}`,
      `% memory ${to(`user${n}-memory`)}`,
      `% pids ${to(`user${n}-pids`)}`,
    );
  }
  const templates = ['%u', '%U', '%g-%G', 'p-%P', 'x-\\%u-%u', '%%-%z-%u', 'b\\\\-%u', '%u-%P'];
  templates.forEach((template, n) => {
    lines.push(`fr${4 + n}:rb-tool ${ALL} ${to(`tool${n}`)}`);
    lines.push(`fr${4 + n} ${ALL} ${to(`t-${template}`)}`);
  });
  lines.push(
    `@g0:rb-batch ${ALL} ${to('g0-batch')}`,
    `@g0 cpu,memory ${to('g0')}`,
    `% pids ${to('g0-pids')}`,
  );
  lines.push(
    `@g1:rb-a-rather-long-program-name ${ALL} ${to('g1-long')}`,
    `fr17 ${ALL} ${to('fr17')}`,
    `@g1 ${ALL} ${to('g1-%u')}`,
  );
  for (const n of [20, 21])
    lines.push(`fr${n}:rb-tool ${ALL} ${to(`tool-${n}`)}`, `fr${n} ${ALL} ${to(`rest${n}`)}`);
  lines.push(`*:rb-shared ${ALL} ${to('shared')}`);
  lines.push(`fr22:rb-script ${ALL} ${to('script')}`, `fr22 ${ALL} ${to('fr22')}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Templates for groups that the rules name with a substitution: the whole destination, a group that is below another, a value
 * in quotes, a controller that the rule does not name, and one that no rule uses.
 */
export function templatesText() {
  return `# of groups that are made
template ${SCOPE}/t-%u {
  cpu { cpu.shares = 333; }
  memory { memory.limit_in_bytes = 64M; }
}
template ${SCOPE}/t-%U { cpu { cpu.shares = "444"; } }
template ${SCOPE}/g1-%u { pids { pids.max = 99; } cpu { } }
template ${SCOPE}/unused-%u { cpu { cpu.shares = 2; } }
group ${SCOPE}-other { cpu { cpu.shares = 2; } }
`;
}
