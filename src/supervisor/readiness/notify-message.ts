/** Parses messages of sd_notify(3). Pure. */
import type { Milliseconds } from '../core/contract.js';

/** One item of a message that foster understands; in the order of processing. */
export type Notification =
  | { readonly kind: 'main'; readonly pid: number }
  | { readonly kind: 'extend-timeout'; readonly by: Milliseconds }
  | { readonly kind: 'watchdog-interval'; readonly interval: Milliseconds }
  | { readonly kind: 'watchdog'; readonly sign: 'alive' | 'trouble' }
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'reloading' }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'ready' }
  /** keep the message's descriptors under this name */
  | { readonly kind: 'store'; readonly name: string }
  | { readonly kind: 'unstore'; readonly name: string };

/** sd_notify(3): the default name of a descriptor. */
const DEFAULT_STORED_NAME = 'stored';
/** sd_pid_notify_with_fds(3): at most 255 characters, none of them a control character or a colon. */
const STORED_NAME = /^[^\x00-\x1f\x7f:]{1,255}$/;

type Fields = ReadonlyMap<string, string>;

/**
 * In this order, because main must be known before it is ready. Unknown fields are ignored, as in systemd.
 */
const READERS: readonly ((fields: Fields) => Notification | undefined)[] = [
  (fields) => {
    const pid = numberOf(fields, 'MAINPID');
    return pid === undefined ? undefined : { kind: 'main', pid };
  },
  (fields) => {
    const by = numberOf(fields, 'EXTEND_TIMEOUT_USEC');
    return by === undefined ? undefined : { kind: 'extend-timeout', by: by / 1000 };
  },
  (fields) => {
    const interval = numberOf(fields, 'WATCHDOG_USEC');
    return interval === undefined ? undefined : { kind: 'watchdog-interval', interval: interval / 1000 };
  },
  (fields) => {
    const word = fields.get('WATCHDOG');
    if (word === '1') return { kind: 'watchdog', sign: 'alive' };
    return word === 'trigger' ? { kind: 'watchdog', sign: 'trouble' } : undefined;
  },
  (fields) => {
    const text = fields.get('STATUS');
    return text === undefined ? undefined : { kind: 'status', text };
  },
  (fields) => (fields.get('RELOADING') === '1' ? { kind: 'reloading' } : undefined),
  (fields) => (fields.get('STOPPING') === '1' ? { kind: 'stopping' } : undefined),
  (fields) => (fields.get('READY') === '1' ? { kind: 'ready' } : undefined),
  (fields) => {
    if (fields.get('FDSTORE') !== '1') return undefined;
    const name = fields.get('FDNAME') ?? DEFAULT_STORED_NAME;
    return STORED_NAME.test(name) ? { kind: 'store', name } : undefined;
  },
  (fields) => {
    const name = fields.get('FDNAME');
    return fields.get('FDSTOREREMOVE') === '1' && name !== undefined ? { kind: 'unstore', name } : undefined;
  },
];

export function readMessage(text: string): readonly Notification[] {
  const fields = fieldsOf(text);
  return READERS.flatMap((read) => read(fields) ?? []);
}

/** Parses `KEY=VALUE` lines; the first of a key counts, as in systemd. */
function fieldsOf(text: string): Fields {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    const key = line.slice(0, Math.max(0, equals));
    if (key !== '' && !fields.has(key)) fields.set(key, line.slice(equals + 1));
  }
  return fields;
}

/** Parses a whole number above 0; undefined for anything else. */
function numberOf(fields: Fields, key: string): number | undefined {
  const text = fields.get(key) ?? '';
  const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
  return number > 0 ? number : undefined;
}
