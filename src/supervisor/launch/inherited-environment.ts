/**
 * The environment that foster was started with. bin/foster renames variables that change how Node or the C library
 * work (NODE_OPTIONS, LD_LIBRARY_PATH and the like), so that they do not affect foster itself, also after a re-exec.
 * Programs that get foster's environment get them under their own names (COMMAND, `env inherit`, `foster record`).
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** The prefix that bin/foster puts before the names. */
const KEPT_PREFIX = 'FOSTER_KEPT_';

/** Variables that Node, OpenSSL, libuv and the dynamic linker read at the start of a program. */
const INFLUENTIAL = /^(?:NODE_|LD_|UV_|OPENSSL_CONF=|SSL_CERT_)/;

/** Variables for foster alone. */
const OWN_VARIABLES = new Set(['FOSTER_OPEN_FILES', 'FOSTER_NO_OUTPUT', 'FOSTER_HANDOVER']);

/** Returns the environment as it was before bin/foster. */
export function inheritedEnvironment(env: Environment): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OWN_VARIABLES.has(name)) continue;
    inherited[name.startsWith(KEPT_PREFIX) ? name.slice(KEPT_PREFIX.length) : name] = value;
  }
  return inherited;
}

/**
 * Renames the same variables for become.js, which Node runs and which then executes a job's program.
 * @param env `KEY=VALUE`
 */
export function protectedEnvironment(env: readonly string[]): readonly string[] {
  return env.map((variable) => (INFLUENTIAL.test(variable) ? `${KEPT_PREFIX}${variable}` : variable));
}
