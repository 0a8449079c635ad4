/** Every console block of the documentation runs as printed: an ordinary user types it, and sees what the page shows. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { mayMakeNamespaces, mountInOpenPlace, OPEN_PLACE, scratchDirectory } from '../helpers/pid-one.js';
import { difference, exchangesOf, shownLines, type Exchange } from '../helpers/transcript.js';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Somebody without any rights, and without an entry in /etc/passwd. */
const USER = 12_345;

/** Before the output of each command; no program prints it. */
const MARK = '\x1e';

const skip = mayMakeNamespaces ? false : 'needs root, for namespaces';

/**
 * What the user's shell runs: the terminal that the pages are written for, then each command behind a mark. At the end what it
 * has started in the background is asked to end, as it would hold the terminal open.
 */
function scriptOf(exchanges: readonly Exchange[]): string {
  const commands = exchanges.map(({ command }) => `printf '${MARK}\\n'\n${command}\n`);
  // pages show sentences unbroken, whatever the width of a reader's terminal
  return `stty cols 200 rows 40\n${commands.join('')}printf '${MARK}\\n'\nkill $(jobs -p) 2>/dev/null; wait\n`;
}

/** @returns for each command what it printed */
async function run(t: Test, exchanges: readonly Exchange[]): Promise<readonly (readonly string[])[]> {
  const script = join(scratchDirectory(t), 'page.sh');
  writeFileSync(script, scriptOf(exchanges));
  const prepare = [
    mountInOpenPlace,
    `install -d -o ${USER} -m 700 ${OPEN_PLACE}/home ${OPEN_PLACE}/run`,
    `install -m 644 '${script}' ${OPEN_PLACE}/page.sh`,
    `cd ${OPEN_PLACE}/home`,
    `setpriv --reuid ${USER} --regid ${USER} --clear-groups script -qec 'bash ${OPEN_PLACE}/page.sh' /dev/null`,
  ];
  const env = {
    ...plainEnvironment(),
    HOME: `${OPEN_PLACE}/home`,
    XDG_RUNTIME_DIR: `${OPEN_PLACE}/run`,
    PATH: `${OPEN_PLACE}/bin:${OPEN_PLACE}:/usr/sbin:/usr/bin:/sbin:/bin`,
    TERM: 'xterm',
    SHELL: '/bin/sh',
  };
  // Everything that a page starts goes with the namespace. Its PID 1 stays this shell: setpriv, changing its user, would lose the
  // signal that --kill-child sends (PR_SET_PDEATHSIG of prctl(2)).
  const words = [
    '--pid',
    '--fork',
    '--mount',
    '--mount-proc',
    '--kill-child',
    'sh',
    '-c',
    `${prepare.join(' && ')}; exit $?`,
  ];
  const { out, err } = await outcomeOf(
    spawnChild('unshare', words, { env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const parts = out.split(`${MARK}\r\n`);
  if (parts.length !== exchanges.length + 2)
    throw new Error(`the session ended before its end: ${out}${err}`);
  return parts.slice(1, -1).map(shownLines);
}

const pages = ['README.md', ...readdirSync(join(projectRoot, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, exchanges: exchangesOf(readFileSync(join(projectRoot, name), 'utf8')) }))
  .filter(({ exchanges }) => exchanges.length > 0);

for (const { name, exchanges } of pages) {
  t.test(name, { skip }, async (t) => {
    const printed = await run(t, exchanges);
    exchanges.forEach(({ line, command, expected }, index) => {
      const found = difference(expected, printed[index] ?? []);
      t.ok(found === undefined, `${name}:${line}: ${command.split('\n')[0]}`, {
        found,
        printed: printed[index],
      });
    });
  });
}
