/** Returns the command of an app of pm2: its script, with the interpreter that pm2 would choose. Pure. */
import { basename, extname, join } from 'node:path';
import JSON5 from 'json5';
import { commandLine, shellWord, splitWords } from '../shell-text.js';
import type { App } from './apps.js';

export type Command =
  | { readonly kind: 'program' | 'shell'; readonly line: string; readonly how?: string }
  | { readonly kind: 'refused'; readonly why: string };

/** pm2's table of interpreters by the extension of the script */
const INTERPRETERS: Readonly<Record<string, string>> = {
  '.js': 'node',
  '.cjs': 'node',
  '.mjs': 'node',
  '.sh': 'bash',
  '.py': 'python3',
  '.rb': 'ruby',
  '.php': 'php',
  '.pl': 'perl',
  '.ts': 'bun',
  '.tsx': 'bun',
  '.coffee': 'coffee',
  '.ls': 'lsc',
};

interface CommandPlace {
  /** the app's working directory */
  readonly directory: string;
  readonly exists: (path: string) => boolean;
}

export function commandOf(app: App, place: CommandPlace): Command {
  const script = text(app['script']) ?? text(app['cmd']);
  if (script === undefined) return { kind: 'refused', why: 'has no `script`' };
  if (script === 'serve' || script === '@pm2/serve')
    return {
      kind: 'refused',
      why: 'runs the file server that is part of pm2 (`script: "serve"`): a web server of your own has to take its place',
    };
  const args = listOf(app['args']);
  if (args === undefined) return { kind: 'refused', why: 'has `args` in which a quote is not closed' };
  // a line with blanks is for the shell, unless there is a file with this name
  if (/\s/.test(script) && !place.exists(join(place.directory, script))) {
    return { kind: 'shell', line: [script, ...args.map((word) => shellWord(word))].join(' ') };
  }
  const stated = text(app['interpreter']) ?? text(app['exec_interpreter']);
  const flags = [
    ...(listOf(app['node_args']) ?? []),
    ...(listOf(app['interpreter_args'] ?? app['interpreterArgs']) ?? []),
  ];
  const found = interpreterOf(script, stated, place);
  const program = [...(found.program === undefined ? [] : [found.program, ...flags]), found.script];
  const workers = clusterSize(app);
  if (workers !== undefined && found.program === 'node')
    return clusterCommand(app, { flags, script: found.script, args, workers });
  const line = commandLine([...program, ...args]);
  return found.how === undefined ? { kind: 'program', line } : { kind: 'program', line, how: found.how };
}

function interpreterOf(
  script: string,
  stated: string | undefined,
  { directory, exists }: CommandPlace,
): { program?: string; script: string; how?: string } {
  const version = /^node@(.+)$/.exec(stated ?? '')?.[1];
  if (version !== undefined)
    return { program: 'node', script, how: `pm2 has nvm find version ${version}: this is the node of PATH` };
  if (stated === 'none') return { script };
  if (stated !== undefined) return { program: stated, script };
  const known = INTERPRETERS[extname(script)];
  if (known !== undefined) return { program: known, script };
  const isProgram = !script.includes('/') && !exists(join(directory, script));
  // a name without a path that is not a file is looked up in PATH
  if (isProgram) return { script };
  if (extname(script) !== '' || script.endsWith('/')) return { program: 'node', script };
  // without an extension, it is a script for node unless its first line names another interpreter
  return {
    script: script.startsWith('/') || script.startsWith('.') ? script : `./${script}`,
    how: 'the file has to be a program by itself (its first line, and the right to execute it)',
  };
}

/** Returns how many Node processes share a port; undefined unless the app is a cluster. */
export function clusterSize(app: App): string | undefined {
  const mode = app['exec_mode'];
  const count = app['instances'];
  const isStated = typeof mode === 'string' && mode.startsWith('cluster');
  // with instances but no mode, pm2 makes a cluster
  if (!isStated && (mode !== undefined || count === undefined || count === null)) return undefined;
  const number = count === 'max' ? 0 : Number(count ?? 1);
  // a cluster of one process is an ordinary process
  return Number.isSafeInteger(number) && Math.abs(number) <= 1024 && number !== 1
    ? String(number)
    : undefined;
}

/**
 * The main process of a cluster, as an argument of node. It starts the workers, replaces each one that ends,
 * and forwards signals. On HUP it replaces one worker after the other, each when its successor listens.
 */
const CLUSTER = `
const cluster = require("node:cluster"), os = require("node:os");
const [script, size, variable, counted, ...args] = process.argv.slice(1);
const count = +size > 0 ? +size : Math.max(1, os.cpus().length + +size);
let ending = false;
cluster.setupPrimary({ exec: script, args });
const start = (n) => {
  const worker = cluster.fork({ [variable]: n, ...(counted && { [counted]: +process.env[counted] + n }) });
  worker.n = n;
  return worker;
};
cluster.on("exit", ({ n, replaced }) => ending || replaced || setTimeout(() => ending || start(n), 1000));
for (let n = 0; n < count; n += 1) start(n);
const end = (signal) => {
  ending = true;
  for (const worker of Object.values(cluster.workers)) worker.process.kill(signal);
};
process.on("SIGINT", end).on("SIGTERM", end).on("SIGHUP", async () => {
  for (const worker of Object.values(cluster.workers)) {
    worker.replaced = true;
    const next = start(worker.n);
    await new Promise((done) => next.once("listening", done).once("exit", done));
    worker.process.kill("SIGINT");
  }
});
`;

interface Cluster {
  readonly flags: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
  /** how many, as an argument of CLUSTER */
  readonly workers: string;
}

function clusterCommand(app: App, { flags, script, args, workers }: Cluster): Command {
  const path = script.startsWith('/') ? script : `./${script.replace(/^\.\//, '')}`;
  const variable = text(app['instance_var']) ?? 'NODE_APP_INSTANCE';
  const words = [path, workers, variable, text(app['increment_var']) ?? '', ...args];
  const line = `${commandLine(['node', ...flags, '-e'])} '${CLUSTER}' -- ${words.map((word) => shellWord(word)).join(' ')}`;
  return {
    kind: 'program',
    line,
    how: `the main process is a few lines of node:cluster, which start ${basename(script)} as often as \`instances\` says; \`foster reload\` replaces one after the other`,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Returns the words of a list or a line; undefined when a quote is not closed. */
function listOf(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(String);
  const line = typeof value === 'string' ? value : JSON.stringify(value);
  if (/^\s*\[.*\]\s*$/s.test(line)) {
    try {
      const list: unknown = JSON5.parse(line);
      if (Array.isArray(list)) return list.map(String);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // not a list: words that begin with a bracket
    }
  }
  const split = splitWords(line);
  return split.ok ? split.words : undefined;
}
