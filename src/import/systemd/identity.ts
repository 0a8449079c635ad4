/** Imports the user of a service: User=, Group=, DynamicUser=, and hooks with more privileges than main. */
import type { ServiceBuilder } from '../service-builder.js';
import { pieceWord } from '../shell-text.js';
import { sandboxingOf } from './sandbox.js';
import { isYes, originOf, type Unit } from './unit.js';

export function addIdentity(unit: Unit, service: ServiceBuilder): void {
  const user = unit.last('Service', 'User');
  const group = unit.last('Service', 'Group');
  const only = unit.last('Service', 'PermissionsStartOnly');
  const needsPrivilege = isYes(only?.value) || hasPrivilegedHook(unit);
  const userPieces = user === undefined ? undefined : unit.pieces(user.value);
  const groupPieces = group === undefined ? undefined : unit.pieces(group.value);
  const literalUser = user === undefined ? undefined : unit.literal(user.value);
  const literalGroup = group === undefined ? undefined : unit.literal(group.value);
  const isComputed =
    (userPieces !== undefined && literalUser === undefined) ||
    (groupPieces !== undefined && literalGroup === undefined);
  if ((needsPrivilege && (user ?? group) !== undefined) || isComputed) {
    const name = userPieces === undefined ? undefined : pieceWord(userPieces);
    const groupWord =
      groupPieces === undefined ? (name === undefined ? '' : `"$(id -g ${name})"`) : pieceWord(groupPieces);
    const as = name === undefined ? '--clear-groups' : `--reuid=${name} --init-groups`;
    service.mainPrefix = `setpriv --regid=${groupWord} ${as} -- `;
    const how =
      "setpriv(1) starts main as this user, without HOME, USER, LOGNAME and SHELL; hooks run with foster's privileges";
    for (const entry of [user, group, only])
      if (entry !== undefined)
        service.found(originOf(entry), { verdict: 'approximated', as: 'setpriv', how });
  } else {
    if (user !== undefined) service.kept(originOf(user), 'setuid', literalUser!);
    if (group !== undefined) service.kept(originOf(group), 'setgid', literalGroup!);
  }
  addDynamicUser(unit, service, user !== undefined);
  for (const entry of unit.all('Service', 'SupplementaryGroups')) {
    const why = 'a job has the groups that its user has in /etc/group';
    service.dropped(
      originOf(entry),
      why,
      `\`usermod --append --groups ${entry.value.trim().replace(/\s+/g, ',')} ${literalUser ?? 'USER'}\``,
    );
  }
}

/** Handles DynamicUser=: without a user the job would run as root, the opposite of what the unit asks for. */
function addDynamicUser(unit: Unit, service: ServiceBuilder, hasUser: boolean): void {
  const dynamic = unit.last('Service', 'DynamicUser');
  if (dynamic === undefined) return;
  const origin = originOf(dynamic);
  if (!isYes(dynamic.value)) {
    service.found(origin, { verdict: 'kept', as: 'nothing: foster makes no users' });
    return;
  }
  const { why } = sandboxingOf('DynamicUser')!;
  const name = unit.name.prefix.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 31);
  if (!hasUser) {
    service.approximated(
      origin,
      `${why}: \`useradd --system ${name}\` has to be run once, and until then the job does not start`,
      'setuid',
      name,
    );
    return;
  }
  const how = `${why}: its User= has to exist (\`useradd --system\`)`;
  service.found(origin, { verdict: 'approximated', as: 'setuid', how });
}

function hasPrivilegedHook(unit: Unit): boolean {
  const hooks = ['ExecCondition', 'ExecStartPre', 'ExecStartPost', 'ExecStop', 'ExecStopPost'];
  return hooks.some((key) => unit.all('Service', key).some(({ value }) => /^[-@:|]*[+!]/.test(value)));
}
