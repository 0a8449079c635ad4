import type { JsonSchema, Stanza } from './stanza.js';
import { STANZAS } from './table.js';

/** Returns the JSON schema (draft 7) of what `foster check --json` prints as `class`, made from the stanza table. */
export function jobClassSchema(): JsonSchema {
  const fields = new Set(STANZAS.flatMap((stanza) => Object.keys(stanza.fields)));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Job class',
    description: 'What one job file defines. Fields at their default are absent.',
    type: 'object',
    properties: Object.fromEntries([...fields].map((field) => [field, fieldSchema(field)])),
    additionalProperties: false,
  };
}

function fieldSchema(field: string): JsonSchema {
  const setters = STANZAS.filter((stanza) => field in stanza.fields);
  const description = setters.map((stanza: Stanza) => `${stanza.name}: ${stanza.meaning}`).join(' ');
  return { description, ...setters[0]!.fields[field] };
}
