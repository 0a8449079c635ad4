/**
 * The environment that foster was started with. bin/foster sets aside what would make Node or the C library another program
 * (NODE_OPTIONS, LD_PRELOAD, …), under names of its own: foster itself, and the program that replaces it at a re-exec, run
 * without, and whoever is promised foster's environment gets it whole (COMMAND, `env inherit`, `foster record`).
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** bin/foster puts it before the names. */
export const KEPT_PREFIX = 'FOSTER_KEPT_';

/** What Node, OpenSSL, libuv and the dynamic linker look at when a program starts. */
const INFLUENTIAL = /^(?:NODE_|LD_|UV_|OPENSSL_CONF=|SSL_CERT_)/;

/** What the launcher tells foster: nobody else is to see it. */
const OWN_VARIABLES = new Set(['FOSTER_OPEN_FILES', 'FOSTER_NO_OUTPUT', 'FOSTER_HANDOVER']);

/** The environment as it was before bin/foster. */
export function inheritedEnvironment(env: Environment): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OWN_VARIABLES.has(name)) continue;
    inherited[name.startsWith(KEPT_PREFIX) ? name.slice(KEPT_PREFIX.length) : name] = value;
  }
  return inherited;
}

/**
 * Sets the same aside for another program of foster's that Node runs, and that becomes a job's program.
 * @param env `KEY=VALUE`
 */
export function setAside(env: readonly string[]): readonly string[] {
  return env.map((variable) => (INFLUENTIAL.test(variable) ? `${KEPT_PREFIX}${variable}` : variable));
}
