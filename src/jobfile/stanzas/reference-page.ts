import { DEFAULTS } from '../job-class/job-class.js';
import { TOPICS, type Stanza } from './stanza.js';
import { argumentsOf, STANZAS } from './table.js';

/**
 * Generates docs/stanzas.md from the stanza table, for scripts/stanzas-page.js; a test keeps it up to date.
 */
export function referencePage(): string {
  return [INTRODUCTION, ...TOPICS.map(topicSection), INI_RULES, OVERRIDES].join('\n');
}

const INTRODUCTION = `# Stanzas

\`\`\`ini
; /etc/foster/web.ini
start on = startup
exec = /usr/local/bin/web --port 8080
respawn = true
setuid = www-data
\`\`\`

A job file defines one job class. Its path below a configuration directory, without the ending, is the job's name: \`net/apache.conf\`
defines \`net/apache\`. There are two forms with the same stanzas:

- \`NAME.ini\` is the native form. A line is \`STANZA = ARGUMENT...\`.
- \`NAME.conf\` is Upstart's syntax, complete. A line is \`STANZA ARGUMENT...\`, \`#\` begins a comment, and arguments with spaces need quotes.

\`foster check FILE\` finds mistakes, and \`foster convert FILE\` converts between the forms. \`foster check --schema\` prints the JSON schema of a
job class.

In the tables, **+** marks stanzas that Upstart does not have. Stanzas marked *Adds up* may be repeated; of all others, the last one counts. All
times are in seconds.
`;

function topicSection(topic: string): string {
  const rows = STANZAS.filter((stanza) => stanza.topic === topic).map(row);
  return [`## ${topic}`, '', '| stanza | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

function row(stanza: Stanza): string {
  const name = `\`${usage(stanza).replaceAll('|', '\\|')}\`${stanza.origin === 'foster' ? ' **+**' : ''}`;
  const meaning = `${stanza.meaning.replaceAll('|', '\\|')}${stanza.accumulates ? ' *Adds up.*' : ''}`;
  return `| ${name} | ${defaultOf(stanza) ?? ''} | ${meaning} |`;
}

/** Returns the default in words; undefined if there is none. */
export function defaultOf(stanza: Stanza): string | undefined {
  if (stanza.default !== undefined) return stanza.default;
  const [field, ...others] = Object.keys(stanza.fields);
  const value: unknown = field === undefined || others.length > 0 ? undefined : { ...DEFAULTS }[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Returns a stanza as written in a \`.conf\` file. */
function usage(stanza: Stanza): string {
  switch (stanza.body.kind) {
    case 'word':
    case 'flag':
      return stanza.name;
    case 'command':
    case 'line':
      return `${stanza.name} COMMAND`;
    case 'script':
      return `${stanza.name} ... end script`;
    case 'expression':
      return `${stanza.name} EVENTS`;
    case 'arguments':
    case 'list': {
      const names = argumentsOf(stanza).map(({ name, optional }) => (optional ? `[${name}]` : name));
      return [stanza.name, ...names].join(' ');
    }
  }
}

const INI_RULES = `## The native form

\`\`\`ini
; a comment has a line of its own
description = A web server
start on = started network and filesystem
stop on = runlevel [!2345]
exec = /usr/sbin/nginx -g "user www; worker_processes 2;"
respawn = true
respawn limit = 5 60

[env]
LANG = C.UTF-8

[limit]
nofile = 1024 4096

[pre-start]
script[] = mkdir -p /run/nginx
script[] = if ! nginx -t; then
script[] =     exit 1
script[] = fi
\`\`\`

- \`STANZA = VALUE\` corresponds to the line \`STANZA VALUE\` of a \`.conf\` file.
- A section is a prefix of its keys: \`timeout = 60\` in the section \`[kill]\` is \`kill timeout = 60\`. Lines before the first section have no
  prefix.
- A stanza with one argument takes the whole text: \`description = A web server\` needs no quotes. If a value is quoted as a whole, foster removes
  the quotes; inside double quotes, the escapes of JSON apply.
- \`;\` and \`#\` begin a comment only at the start of a line. Elsewhere they have no special meaning, and neither has a backslash. Exception: in
  \`exec\`, quote a \`#\`.
- Several commands (\`a && b\`, \`a; b\`, \`a | b\`) run as under \`sh -c\`, and \`A=1 command\` sets A for the command. In a \`.conf\` file,
  \`exec a && b\` runs only \`a\`, as in Upstart. Write \`exec = exec a && b\` for the same behaviour here.
- A stanza without arguments is \`true\` or \`false\` (also \`yes\`, \`no\`, \`on\`, \`off\`). \`false\` cancels an earlier \`true\`.
- Repeat a stanza that adds up as \`KEY = VALUE\` or \`KEY[] = VALUE\`.
- In the section \`[env]\`, every key is a variable. A key without a value copies the variable from foster's environment.
- A script has one \`script[] = LINE\` for each line, with leading spaces if they matter. \`script = LINE\` is a script of one line.
- Several defaults differ from \`.conf\`, as the tables show: \`ready\`, \`respawn delay\`, \`timeout\` and \`user environment\`.
`;

const OVERRIDES = `## Overrides and precedence

\`\`\`
# /etc/foster/web.override: web starts only by command, and has another limit
manual
limit nofile 4096 4096
\`\`\`

- \`NAME.override\`, in the syntax of \`.conf\`, adds stanzas to the job file of that name and replaces others. It counts if it is in the directory
  of the job file or in a directory that foster searches earlier. If it has an error, foster ignores it and reports the error.
- If two directories contain the same name, the first one wins. In one directory, \`.conf\` wins over \`.ini\`.
- A job file or override may be at most 1 MiB long.
- Paths are used as written: \`~\` and \`*\` have no special meaning in them.
`;
