/** Imports the variables of a unit: Environment=, EnvironmentFile=, PassEnvironment=, UnsetEnvironment=. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { literalOf, pieceWord } from '../shell-text.js';
import { originOf, type Unit } from './unit.js';
import { unitWords } from './unit-words.js';

export function addEnvironment(unit: Unit, service: ServiceBuilder): void {
  for (const entry of unit.all('Service', 'Environment')) {
    const words = unitWords(entry.value);
    if (words === undefined)
      service.dropped(originOf(entry), 'a quote in it is not closed, and systemd ignores it');
    const [first, ...others] = words ?? [];
    if (first !== undefined) addVariable(unit, service, originOf(entry), first.text);
    for (const { text } of others) addVariable(unit, service, { ...originOf(entry), comments: [] }, text);
  }
  for (const entry of unit.all('Service', 'EnvironmentFile'))
    addFile(unit, service, originOf(entry), entry.value);
  for (const entry of unit.all('Service', 'PassEnvironment'))
    for (const name of unit.words(entry)) service.kept({ ...originOf(entry), value: name }, 'env', name);
  for (const entry of unit.all('Service', 'UnsetEnvironment'))
    unset(service, originOf(entry), unit.words(entry));
}

function addVariable(unit: Unit, service: ServiceBuilder, origin: Origin, word: string): void {
  const equals = word.indexOf('=');
  const key = word.slice(0, Math.max(equals, 0));
  if (!/^[A-Za-z_]\w*$/.test(key)) {
    service.dropped({ ...origin, value: word }, 'it is no assignment NAME=VALUE, and systemd ignores it');
    return;
  }
  const pieces = unit.pieces(word.slice(equals + 1));
  const literal = literalOf(pieces);
  if (literal !== undefined) service.env(origin, key, literal);
  else service.exported({ ...origin, value: word }, key, pieceWord(pieces));
}

function addFile(unit: Unit, service: ServiceBuilder, origin: Origin, value: string): void {
  const isOptional = value.startsWith('-');
  const pieces = unit.pieces(isOptional ? value.slice(1) : value);
  // `env file` expands $NAME, and writes a dollar sign as ${}
  const path = pieces
    .map((piece) => ('code' in piece ? piece.code : piece.text.replaceAll('$', '${}')))
    .join('');
  const isPlain = pieces.every((piece) => 'text' in piece || /^\$\{\w+\}$/.test(piece.code));
  if (isPlain && !/[*?[]/.test(path)) {
    service.kept(origin, 'env file', `${isOptional ? '-' : ''}${path}`);
    return;
  }
  const file = pieceWord(pieces);
  // a pattern means all files that match
  const files = /^[A-Za-z0-9_@%+:,./*?[\]-]+$/.test(path) ? path : file;
  service.prelude(`for file in ${files}; do if [ -r "$file" ]; then set -a; . "$file"; set +a; fi; done`);
  const how =
    'the shell reads the files before each command: `$`, backquotes and blanks in values mean what they mean to the shell';
  service.found(origin, { verdict: 'approximated', as: `. ${files}`, how });
}

function unset(service: ServiceBuilder, origin: Origin, names: readonly string[]): void {
  const plain = names.filter((name) => /^[A-Za-z_]\w*$/.test(name));
  if (plain.length > 0) service.prelude(`unset ${plain.join(' ')}`);
  service.found(origin, { verdict: 'kept', as: `unset ${plain.join(' ')}` });
}
