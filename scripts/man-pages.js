/**
 * Writes man/ from what the program itself knows: its tables of commands, and the pages of docs/. Run it after a build:
 * node scripts/man-pages.js. With --check it writes nothing, and ends with status 1 when a page is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { COMMANDS } from '../build/src/cli/command-table.js';
import { COMMON_OPTIONS } from '../build/src/cli/command-spec.js';
import { allCommands } from '../build/src/cli/initctl/main.js';
import { SYSV_COMMANDS } from '../build/src/cli/sysv/main.js';
import { entry, escape, fromMarkdown, inline, page } from './lib/roff.js';

const root = new URL('..', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const docs = (name) => readFileSync(new URL(`docs/${name}`, root), 'utf8');

/** A section of a Markdown page without its heading; without a title, what stands before the first one. */
function sectionOf(markdown, title) {
  const sections = markdown.split(/^## /m);
  const found = title === undefined ? sections[0] : sections.find((text) => text.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`there is no section ${title}`);
  return fromMarkdown(found.slice(found.indexOf('\n') + 1));
}

function optionEntries(options) {
  return Object.entries(options).flatMap(([name, { short, value, help }]) => {
    const flags = `${short === undefined ? '' : `-${short}, `}--${name}`;
    const argument = value === undefined ? '' : ` \\fI${escape(value)}\\fR`;
    return ['.RS', ...entry(`\\fB${escape(flags)}\\fR${argument}`, inline(help)), '.RE'];
  });
}

function commandEntries({ name, operands, summary, options }) {
  return [
    ...entry(`\\fB${escape(name)}\\fR ${escape(operands)}`, inline(summary)),
    ...optionEntries(options),
  ];
}

const FILES = [
  ['/etc/foster, /etc/init', 'job files of the system; the first directory wins'],
  ['~/.config/foster, ~/.config/upstart, ~/.init', 'job files of a user'],
  [
    '/run/foster, $XDG_RUNTIME_DIR/foster, /tmp/foster-UID',
    'control socket and saved state; foster uses the first directory that it can write',
  ],
  [
    '/var/log/foster, ~/.local/state/foster',
    'logs of jobs; /var/log/upstart if /etc/init is the only --confdir',
  ],
];
const ENVIRONMENT = [
  ['FOSTER_SOCKET', 'control socket'],
  ['UPSTART_CONFDIR, UPSTART_LOGDIR', 'directories of job files and of logs, as in Upstart'],
  ['NO_COLOR', 'no colour on terminals'],
];
const table = (rows) => rows.flatMap(([term, text]) => entry(`\\fB${escape(term)}\\fR`, escape(text)));
const seeAlso = (...names) => [
  names.map((name) => name.replace(/^(.*)\((\d)\)$/, '\\fB$1\\fR($2)')).join(', '),
];

const pages = {
  'foster.8': page({
    name: 'foster',
    section: 8,
    summary: 'init and service supervisor that finds the main process of any daemon',
    version,
    sections: {
      SYNOPSIS: [
        '.B foster',
        '[\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...',
      ],
      DESCRIPTION: sectionOf(docs('cli.md')),
      COMMANDS: COMMANDS.flatMap(commandEntries),
      'OPTIONS OF EVERY COMMAND': optionEntries(COMMON_OPTIONS),
      'EXIT STATUS': sectionOf(docs('cli.md'), 'Exit statuses'),
      FILES: table(FILES),
      ENVIRONMENT: table(ENVIRONMENT),
      'SEE ALSO': seeAlso('initctl(8)', 'foster\\-jobs(5)'),
    },
  }),
  'initctl.8': page({
    name: 'initctl',
    section: 8,
    summary: 'a client of foster with the commands of Upstart',
    version,
    sections: {
      SYNOPSIS: [
        '.B initctl',
        '[\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...',
      ],
      DESCRIPTION: sectionOf(docs('cli.md'), 'initctl'),
      COMMANDS: Object.entries(await allCommands()).flatMap(([name, { synopsis, summary, options }]) =>
        commandEntries({ name, operands: synopsis, summary, options }),
      ),
      "SYSTEM V'S COMMANDS": Object.entries(SYSV_COMMANDS).flatMap(([name, { synopsis, summary, options }]) =>
        commandEntries({ name, operands: synopsis, summary, options }),
      ),
      'SEE ALSO': seeAlso('foster(8)', 'foster\\-jobs(5)'),
    },
  }),
  'foster-jobs.5': page({
    name: 'foster-jobs',
    section: 5,
    summary: 'job files of foster',
    version,
    sections: {
      DESCRIPTION: fromMarkdown(docs('stanzas.md')),
      'SEE ALSO': seeAlso('foster(8)', 'initctl(8)', 'crontab(5)'),
    },
  }),
};

const check = process.argv.includes('--check');
mkdirSync(new URL('man', root), { recursive: true });
for (const [name, text] of Object.entries(pages)) {
  const file = new URL(`man/${name}`, root);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`man/${name} is out of date: run "npm run build && node scripts/man-pages.js"`);
    process.exitCode = 1;
  }
}
