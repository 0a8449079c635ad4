/** Loads a module of the compiled program, and says in one sentence what to do when it has not been compiled. */
export async function load(module) {
  const url = new URL(`../build/src/${module}`, import.meta.url);
  try {
    return await import(url.href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== url.href) throw error;
    process.stderr.write(`foster has not been built: run "npm run build" (there is no ${url.pathname})\n`);
    process.exit(1);
  }
}
