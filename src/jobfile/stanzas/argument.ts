/**
 * The kinds of argument that stanzas take. A kind parses one word, describes what it expects, and describes
 * the value for the reference page and the JSON schema.
 */
import type { LimitValue } from '../job-class/values.js';
import { whyNoPattern } from '../pattern.js';
import { isRuntimeDirectory, RUNTIME_BASES } from './runtime-path.js';
import { signalName, SIGNAL_NAMES, signalNameOfNumber } from './signal-names.js';

export interface Argument<Value = unknown> {
  /** its name on the reference page: `SECONDS`, or the words themselves */
  readonly name: string;
  /** in words, for messages */
  readonly expected: string;
  /** Upstart's message for a wrong word */
  readonly illegal: string;
  /** returns undefined for a wrong word */
  readonly decode: (word: string) => Value | undefined;
  /** a more specific reason than what was expected */
  readonly reason?: (word: string) => string | undefined;
  /** all words of this kind, if countable: messages name the most similar one */
  readonly words?: readonly string[];
  /** an optional prefix of `words`: SIGTERM is TERM */
  readonly prefix?: string;
  readonly optional?: true;
  /** after this word no further argument follows */
  readonly last?: string;
  /** Upstart prints this error without a line (upstart.md 1.1) */
  readonly lineless?: true;
}

/** Accepts any word. */
export function text(name: string, expected: string): Argument<string> {
  return { name, expected, illegal: 'Expected token', decode: (word) => word };
}

/** An absolute path, without variables. */
export const absolutePath: Argument<string> = {
  name: 'PATH',
  expected: 'an absolute path of a file',
  illegal: 'Illegal path',
  decode: (word) => (/^\/.*[^/]$/s.test(word) && !word.includes('\0') ? word : undefined),
  reason: homeReason,
};

/** Explains that `~` is not expanded: the shell does that, and no shell reads a path. */
function homeReason(word: string): string | undefined {
  return /^-?~/.test(word) ? '`~` is not replaced: write the path of the home directory' : undefined;
}

/** The address of a check: foster uses no name service, which could block while the network is down. */
interface Address {
  readonly host: string;
  readonly port: number;
}

const HOST = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[([0-9A-Fa-f:.]+)\])$/;

function addressOf(host: string, port: string | undefined, defaultPort?: number): Address | undefined {
  const match = HOST.exec(host);
  const number = port === undefined ? defaultPort : inRange(decimal(port), 1, 65535);
  return match === null || number === undefined ? undefined : { host: match[1] ?? host, port: number };
}

export const tcpAddress: Argument<Address> = {
  name: '[HOST:]PORT',
  expected: 'a port, or an IP address or localhost with a port: `127.0.0.1:5432`, `[::1]:5432`',
  illegal: 'Illegal address',
  decode: (word) => {
    const [, host = 'localhost', port] = /^(?:(.+):)?(\d+)$/.exec(word) ?? [];
    return addressOf(host, port ?? '');
  },
};

export const httpAddress: Argument<Address & { readonly path: string }> = {
  name: 'URL',
  expected: 'an address such as `http://127.0.0.1:8080/health`, whose host is an IP address or localhost',
  illegal: 'Illegal URL',
  decode: (word) => {
    const [, host = '', port, path = '/'] =
      /^http:\/\/(\[[^\]]*\]|[^/:?#]+)(?::(\d+))?([/?][^#\s]*)?$/.exec(word) ?? [];
    const address = addressOf(host, port, 80);
    return address && { ...address, path: path.startsWith('/') ? path : `/${path}` };
  },
  reason: (word) =>
    word.startsWith('https:') ? 'foster speaks no TLS: `health exec curl -fsS URL` does' : undefined,
};

export const healthAction = oneOf('restart', 'mark');

/** A directory that does not outlive the machine or the container. */
export const runtimeDirectory: Argument<string> = {
  name: 'NAME|PATH',
  expected: `a name, or a path below ${RUNTIME_BASES.join(', ')}`,
  illegal: 'Illegal path',
  decode: (word) => (isRuntimeDirectory(word) ? word : undefined),
};

/** The permissions of a directory, chmod(2). */
export const directoryMode: Argument<string> = {
  name: 'MODE',
  expected: 'permissions in octal, from 0000 to 1777',
  illegal: 'Illegal mode, expected octal integer',
  decode: (word) => (/^[01]?[0-7]{3}$/.test(word) ? word.padStart(4, '0') : undefined),
};

/** An absolute path, or `-` and a path. */
export const optionalPath: Argument<string> = {
  name: '[-]PATH',
  expected: 'an absolute path of a file, or `-` and such a path for one that may be missing',
  illegal: 'Illegal path',
  decode: (word) => (/^-?\/.*[^/]$/s.test(word) && !word.includes('\0') ? word : undefined),
  reason: homeReason,
};

/** Accepts one of some words; Upstart calls any other an unknown stanza. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Argument<Word> {
  return {
    name: words.join('|'),
    expected: listWords(words),
    illegal: 'Unknown stanza',
    decode: (word) => words.find((known) => known === word),
    words,
  };
}

/** Makes an argument optional. */
export function optional<Value>(argument: Argument<Value>): Argument<Value | undefined> {
  return { ...argument, optional: true };
}

const INTERVAL = 'Illegal interval, expected number of seconds';

export function integer(name: string, illegal: string, least: number, most: number): Argument<number> {
  return {
    name,
    expected: `a whole number from ${least} to ${most}`,
    illegal,
    decode: (word) => inRange(decimal(word), least, most),
  };
}

/** Whole seconds, 0 or more, as in Upstart's own stanzas. */
export const wholeSeconds: Argument<number> = {
  name: 'SECONDS',
  expected: 'a whole number of seconds',
  illegal: INTERVAL,
  decode: (word) => inRange(decimal(word), 0, Number.MAX_SAFE_INTEGER),
};

/** Seconds in foster's own stanzas: fractions are allowed. */
export function seconds(name: string, least: number): Argument<number> {
  return {
    name,
    expected: least > 0 ? 'a number of seconds above 0' : 'a number of seconds',
    illegal: INTERVAL,
    decode: (word) =>
      /^\d+(?:\.\d{1,3})?$/.test(word) ? inRange(Number(word), least, MAX_SECONDS) : undefined,
  };
}
/** The largest number that is exact in milliseconds. */
const MAX_SECONDS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** A larger number is a typing error: each copy is at least one process. */
export const MOST_INSTANCES = 1000;

/** The number of copies of a job. */
export const instanceCount: Argument<number | 'cpus'> = {
  name: 'COUNT',
  expected: `a whole number from 0 to ${MOST_INSTANCES}, or \`cpus\``,
  illegal: 'Illegal number of instances',
  decode: (word) => (word === 'cpus' ? word : inRange(decimal(word), 0, MOST_INSTANCES)),
  reason: (word) => (/^(?:max|auto)$/i.test(word) ? 'as many as there are processors is `cpus`' : undefined),
  words: ['cpus'],
};

/** The number of respawns; `unlimited` sets the interval, too. */
export const respawnCount: Argument<number | 'unlimited'> = {
  name: 'COUNT',
  expected: 'a whole number or `unlimited`',
  illegal: "Illegal limit, expected 'unlimited' or integer",
  decode: (word) => (word === 'unlimited' ? word : inRange(decimal(word), 0, MAX_INT)),
  words: ['unlimited'],
  last: 'unlimited',
};
const MAX_INT = 2 ** 31 - 1;

/** Accepts a resource limit. Upstart parses it with strtoul(3), for which -1 is the largest number: no limit. */
export function limitValue(name: string): Argument<LimitValue> {
  return {
    name,
    expected: 'a whole number or `unlimited`',
    illegal: "Illegal limit, expected 'unlimited' or integer",
    decode: (word) => {
      if (word === 'unlimited') return word;
      const value = decimal(word);
      if (value === undefined || Math.abs(value) >= 2 ** 64) return undefined;
      return value < 0 || value >= NO_LIMIT ? 'unlimited' : value;
    },
    words: ['unlimited'],
  };
}
/** RLIM_INFINITY is 2^64 - 1 (setrlimit(2)); no machine could reach half of it. */
const NO_LIMIT = 2 ** 63;

/** umask(2): nine bits, in octal. */
export const fileCreationMask: Argument<number> = {
  name: 'OCTAL',
  expected: 'an octal number from 0 to 0777',
  illegal: 'Illegal file creation mask, expected octal integer',
  decode: (word) => (/^\s*[+-]?[0-7]+$/.test(word) ? inRange(parseInt(word, 8), 0, 0o777) : undefined),
};

export const signal: Argument<string> = {
  name: 'SIGNAL',
  expected: 'a signal name in upper case, or a number',
  illegal: 'Illegal signal status, expected integer',
  decode: (word) => {
    const number = inRange(decimal(word), 0, MAX_INT);
    return signalName(word) ?? (number === undefined ? undefined : signalNameOfNumber(number));
  },
  words: SIGNAL_NAMES,
  prefix: 'SIG',
  lineless: true,
};

/** An exit status as a number, or the signal that ended the process by name. */
export const exitStatus: Argument<number | string> = {
  name: 'STATUS|SIGNAL...',
  expected: 'an exit status, or a signal name in upper case',
  illegal: 'Illegal exit status, expected integer',
  decode: (word) => signalName(word) ?? inRange(decimal(word), 0, MAX_INT),
  words: SIGNAL_NAMES,
  prefix: 'SIG',
};

/** The old scale of the out-of-memory killer, -17 to 15, converted as by the kernel. */
export const oomAdjustment: Argument<number> = {
  name: 'ADJUSTMENT|never',
  expected: 'a whole number from -17 to 15, or `never`',
  illegal: "Illegal oom adjustment, expected -16 to 15 or 'never'",
  decode: (word) => {
    if (word === 'never') return -1000;
    const value = inRange(decimal(word), -17, 15);
    return value === undefined ? undefined : Math.trunc((value * 1000) / (value < 0 ? 17 : 15));
  },
  words: ['never', 'score'],
};

export const oomScore: Argument<number> = {
  name: 'SCORE|never',
  expected: 'a whole number from -1000 to 1000, or `never`',
  illegal: "Illegal oom score adjustment, expected -999 to 1000 or 'never'",
  decode: (word) => (word === 'never' ? -1000 : inRange(decimal(word), -1000, 1000)),
  words: ['never'],
};

/** Bytes, with k, M or G for powers of 1024. */
export const size: Argument<number> = {
  name: 'SIZE',
  expected: 'a number of bytes above 0, which may end in k, M or G',
  illegal: 'Illegal size, expected number of bytes',
  decode: (word) => {
    const match = /^(\d+)([kKMG]?)$/.exec(word);
    if (match === null) return undefined;
    return inRange(
      Number(match[1]) * 1024 ** ' KMG'.indexOf(match[2]!.toUpperCase() || ' '),
      1,
      Number.MAX_SAFE_INTEGER,
    );
  },
};

/** A regular expression that runs in linear time. */
export const regularExpression: Argument<string> = {
  name: 'REGEXP',
  expected: 'a regular expression',
  illegal: 'Illegal regular expression',
  decode: (word) => (whyNoPattern(word) === undefined ? word : undefined),
  reason: whyNoPattern,
};

/** Parses a word as strtol(3) does: leading blanks and a sign are allowed. */
function decimal(word: string): number | undefined {
  return /^\s*[+-]?\d+$/.test(word) ? Number(word) : undefined;
}

function inRange(value: number | undefined, least: number, most: number): number | undefined {
  // `+ 0` turns -0 into 0
  return value !== undefined && value >= least && value <= most ? value + 0 : undefined;
}

/** Lists words as alternatives: "`a`, `b` or `c`". */
export function listWords(words: Iterable<string>): string {
  const quoted = [...words].map((word) => `\`${word}\``);
  return quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)!}`;
}
