/** Finds what a run script needs from its supervisor. Pure. */

interface ScriptNeed {
  /** the program that it calls */
  readonly word: string;
  readonly why: string;
  readonly instead: string;
}

const PACKAGES: readonly (readonly [pattern: RegExp, word: string, why: string, instead: string])[] = [
  [
    /(?:^|[\s;|&(/])(?:sv|runsv)\s/m,
    'sv',
    'sv(8) talks to runit, which does not run here',
    '`foster start`, `foster stop`, `requires = JOB`',
  ],
  [
    /\bs6-(?:svc|svwait|svstat|rc)\b/,
    's6-svc',
    's6-svc and s6-rc talk to s6, which does not run here',
    '`foster start`, `foster stop`, `requires = JOB`',
  ],
  [
    /\bchpst\b/,
    'chpst',
    'it has to stay installed (package runit)',
    '`setuid`, `limit`, `nice`, `env` of the job',
  ],
  [
    /\b(?:setuidgid|envuidgid|envdir|softlimit)\b/,
    'daemontools',
    'its tools have to stay installed',
    '`setuid`, `limit`, `env` of the job',
  ],
  [
    /\b(?:execlineb|with-contenv|importas|foreground|backtick)\b/,
    'execline',
    'execline has to stay installed',
    'a script of the shell',
  ],
  [
    /\bs6-(?:setuidgid|softlimit|envdir|notifyoncheck|setlock|applyuidgid|tcpserver\w*)\b/,
    's6 tools',
    'the tools of s6 have to stay installed',
    '`setuid`, `limit`, `env`, `ready` of the job',
  ],
  [/\bbashio\b/, 'bashio', 'it has to stay installed', 'a script of the shell'],
];

/** Returns the programs of the other supervisor that a script calls. */
export function needsOf(script: string): readonly ScriptNeed[] {
  const code = script
    .split('\n')
    .filter((line, index) => index === 0 || !/^\s*#/.test(line))
    .join('\n');
  return PACKAGES.flatMap(([pattern, word, why, instead]) =>
    pattern.test(code) ? [{ word, why, instead }] : [],
  );
}

/** Parses the settings of svlogd(8), s6-log and multilog: the size of a file, and how many there are. */
export function logLimits(text: string): { readonly size?: string; readonly count?: string } {
  const size = /(?:^|\s)s(\d+)(?=\s|$)/m.exec(text)?.[1];
  const count = /(?:^|\s)n(\d+)(?=\s|$)/m.exec(text)?.[1];
  return { ...(size !== undefined && Number(size) > 0 && { size }), ...(count !== undefined && { count }) };
}
