import tseslint from 'typescript-eslint';

/**
 * Files that others may have made are read by src/kernel/files/read-file.ts, which neither blocks nor reads without bound. These are
 * the calls that would.
 */
const READING = {
  paths: [
    {
      name: 'node:fs',
      importNames: [
        'readFileSync',
        'readFile',
        'openSync',
        'open',
        'readSync',
        'read',
        'createReadStream',
        'opendirSync',
        'promises',
        'default',
      ],
      message:
        'Read by src/kernel/files/read-file.ts; the modules that need more are listed in eslint.config.js.',
    },
    {
      name: 'node:fs/promises',
      importNames: ['readFile', 'open', 'default'],
      message:
        'Read by src/kernel/files/read-file.ts; the modules that need more are listed in eslint.config.js.',
    },
  ],
};

/** Each of these opens what read-file.ts cannot: for writing, for its own side effect, or as a device or FIFO that it made. */
const OPENERS = [
  // the one way to read
  'src/kernel/files/read-file.ts',
  // /dev/null
  'src/kernel/files/descriptor-reserve.ts',
  // foster's own files and directories, to have them on the disk or to give them to a job; nothing is read
  'src/kernel/files/own-files.ts',
  // FIFOs, terminals and memory files that foster has made itself
  'src/kernel/users/getent-now.ts',
  'src/kernel/files/memfd.ts',
  'src/kernel/files/terminal.ts',
  // /proc/self/mountinfo, to be watched and not read
  'src/kernel/files/mount-watch.ts',
  // directories and FIFOs, never by a link
  'src/kernel/files/remove-tree.ts',
  'src/supervisor/output/channel.ts',
  // foster's own stdout, opened anew by its descriptor, for writing
  'src/supervisor/output/console-writer.ts',
  // of /proc: what is mounted, which is waited for; and the FIFOs of jobs that have no other name any more
  'src/kernel/files/mount-watch.ts',
  'src/supervisor/output/lost-fifo.ts',
  // for writing: never waits (O_NONBLOCK), follows no link, and looks at what it has got
  'src/supervisor/output/log-file.ts',
  'src/supervisor/output/open-log.ts',
  'src/supervisor/output/log-index.ts',
  // in the background, piece by piece, of a file that read-file.ts has opened
  'src/supervisor/output/compress.ts',
  // for writing, in the run directory
  'src/supervisor/state/launch-record.ts',
  'src/supervisor/state/run-directory.ts',
  'src/supervisor/state/supervisor-lock.ts',
  // for writing: utmp and wtmp, without waiting
  'src/supervisor/lifecycle/login-records.ts',
  // terminals of users, for writing, without waiting
  'src/cli/sysv/wall.ts',
  // files that the user names on his own command line, which may be pipes
  'src/cli/commands/record.ts',
  'src/cli/commands/replay.ts',
  // pieces of logs, which may have gigabytes, of files that read-file.ts has opened
  'src/cli/log/log-part.ts',
];

const NAMES_ONLY = {
  selector:
    "CallExpression[callee.name=/^(readdir|readdirSync|opendirSync)$/] Property[key.name='withFileTypes']",
  message:
    'Where the file system does not say the type (/proc), Node calls lstat(2) for it, which throws when the entry has gone meanwhile. Read names, and ask for the type yourself.',
};

/** What a process is asked by vanishes with it: src/kernel/proc/proc-file.ts knows what each error means. */
const PROC_READS = [
  'Literal[value=/^\\u002Fproc(\\u002F|$)/]',
  'TemplateLiteral[quasis.0.value.raw=/^\\u002Fproc\\u002F/]',
].map((name) => ({
  selector: `:not(CallExpression[callee.name=/^(readProcFile|readProcRecord|readProcText|readProcLink|listProc)$/]) > ${name}`,
  message:
    '/proc is read by readProcFile, readProcRecord, readProcText, readProcLink and listProc (src/kernel/proc/proc-file.ts) alone; who names it for another purpose is listed in eslint.config.js.',
}));

/** An error that `throwIfNoEntry` does not cover replaces foster: what others may have made is looked at by src/kernel/files/stat.ts. */
const NO_ENTRY = {
  selector: "Property[key.name='throwIfNoEntry']",
  message:
    'It covers ENOENT alone, and not a link in a circle (ELOOP) or a file in the place of a directory (ENOTDIR): use src/kernel/files/stat.ts. The modules that need it are listed in eslint.config.js.',
};

/** Paths of foster's own, where such an error has to be reported; places with a `catch` of their own; and what a user names. */
const OWN_PATHS = [
  'src/supervisor/state/run-directory.ts',
  'src/supervisor/output/channel.ts',
  'src/supervisor/output/lost-fifo.ts',
  'src/supervisor/runtime-dirs/runtime-directories.ts',
  'src/supervisor/lifecycle/machine-start.ts',
  'src/kernel/sockets/listening-socket.ts',
  'src/supervisor/readiness/path-watch.ts',
  'src/supervisor/config/watched-paths.ts',
  'src/jobfile/files/directory-reader.ts',
  'src/control/client/locate.ts',
  'src/cli/**/*.ts',
];

/** These name something of /proc, and do not read it. */
const PROC_NAMERS = [
  // what is mounted, to be waited for
  'src/kernel/files/mount-watch.ts',
  // oom_score_adj, to be written
  'src/kernel/process/limits.ts',
  // where it is mounted
  'src/supervisor/lifecycle/machine-start.ts',
  // what shells read, in job files and from their command line
  'src/supervisor/launch/command.ts',
  // FIFOs of jobs that have no other name any more, to be opened
  'src/supervisor/output/lost-fifo.ts',
];

export default tseslint.config(
  { ignores: ['build/', 'build-*/', '.tap/', 'node_modules/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // an interface gives a name to the type of a record (src/codec/record.ts), and may refer to itself
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // numbers and literal unions read well in messages
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `!` after an index that was just checked is clearer than a branch that cannot happen
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_$' }],
      // an empty catch swallows; a comment in it is not enough
      'no-empty': ['error', { allowEmptyCatch: false }],
      // one idea a file: where it is longer, there are two
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NAMES_ONLY, NO_ENTRY, ...PROC_READS] },
  },
  {
    files: OWN_PATHS,
    rules: { 'no-restricted-syntax': ['error', NAMES_ONLY, ...PROC_READS] },
  },
  {
    files: ['src/kernel/proc/*.ts', ...PROC_NAMERS],
    rules: { 'no-restricted-syntax': ['error', NAMES_ONLY] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: OPENERS,
    rules: { 'no-restricted-imports': ['error', READING] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 370, skipBlankLines: true, skipComments: true }],
      // tap's test() returns a promise that tap itself waits for
      '@typescript-eslint/no-floating-promises': 'off',
    },
  },
);
