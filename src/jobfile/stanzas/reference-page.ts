import { UPSTART_DEFAULTS } from '../job-class/defaults.js';
import { DEFAULTS } from '../job-class/job-class.js';
import { TOPICS, type Stanza } from './stanza.js';
import { argumentsOf, STANZAS } from './table.js';

/** docs/stanzas.md, made from the stanza table by scripts/stanzas-page.js; a test keeps it up to date. */
export function referencePage(): string {
  return [INTRODUCTION, ...TOPICS.map(topicSection), INI_RULES, OVERRIDES].join('\n');
}

const INTRODUCTION = `# Stanzas

A job file defines one job class: what runs, when, and with what around it. \`net/apache.conf\` below a configuration
directory defines the job \`net/apache\`. There are two forms, which can say the same:

- \`NAME.conf\` is Upstart's syntax, complete: a line \`STANZA ARGUMENT...\`, comments from \`#\` on, quotes around blanks.
- \`NAME.ini\` is the native form: a line \`STANZA = ARGUMENT...\`.

\`foster check FILE\` finds mistakes, \`foster convert FILE\` writes one form as the other, \`foster check --schema\` prints
the JSON schema of a class. In the tables, **+** marks stanzas that foster has and Upstart has not, and *adds up* those
of which there may be several; of all others the last one counts.
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

/** In words; undefined where there is none. */
export function defaultOf(stanza: Stanza): string | undefined {
  if (stanza.default !== undefined) return stanza.default;
  const [field, ...others] = Object.keys(stanza.fields);
  const value: unknown = field === undefined || others.length > 0 ? undefined : { ...DEFAULTS }[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** A stanza as one writes it in a \`.conf\` file. */
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

- \`STANZA = VALUE\` is the line \`STANZA VALUE\` of a \`.conf\` file. A section is a prefix of its keys: \`timeout = 60\` in the
  section \`[kill]\` is \`kill timeout = 60\`, \`nofile = 1 2\` in \`[limit]\` is \`limit nofile 1 2\`. Lines before the first section
  have no prefix.
- A stanza with one value takes the whole text, blanks and all: \`description = A web server\` needs no quotes. A value that
  is in quotes as a whole loses them; inside double quotes the escapes of JSON count.
- \`;\` and \`#\` begin a comment only at the start of a line. Inside a value they are themselves, and so is a backslash.
- Several commands (\`a && b\`, \`a; b\`, \`a | b\`) run as \`sh -c\` runs them, and \`A=1 command\` sets A for the command. In a
  \`.conf\` file \`exec a && b\` runs only \`a\`, as in Upstart; a leading \`exec\` means the same here: \`exec = exec a && b\`.
- In \`exec\` a \`#\` must stand in quotes, as it has to in a \`.conf\` file.
- A stanza without arguments is \`true\` or \`false\` (also \`yes\`, \`no\`, \`on\`, \`off\`); \`false\` takes back what stood before.
- A stanza that adds up may be repeated, as \`KEY = VALUE\` or as \`KEY[] = VALUE\`.
- In the section \`[env]\` every key is a variable, and a key alone copies the supervisor's own.
- A script has a line \`script[] = LINE\` for each of its lines, with blanks in front if they matter; \`script = LINE\` is a
  script of one line.
- Two defaults differ from \`.conf\`: \`ready\` is \`auto\`, and \`user environment\` is on.
`;

const OVERRIDES = `## Overrides

\`NAME.override\`, in the syntax of \`.conf\`, adds to the job file of that name and replaces stanzas of it; a line \`manual\`
there is how to keep a job from starting by itself. It counts if it stands in the directory of the job file, or in one
that is searched before it. With an error in the override, the job is what its own file says.

Of two files for one name the first directory counts, and in one directory \`.conf\` before \`.ini\`.
A job file, and an override, has at most 1 MiB; a larger one is an error.

A path goes to the kernel as it stands: \`~\` and \`*\` mean nothing in it.

Times are in seconds. \`kill timeout\` is ${UPSTART_DEFAULTS.killTimeout} and \`start timeout\` ${DEFAULTS.startTimeout} where nothing else is said.
`;
