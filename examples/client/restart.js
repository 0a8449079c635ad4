/**
 * Restarts a job, and prints its states until it runs again; then what it uses.
 *
 *     node examples/client/restart.js JOB
 */
import { connect, RefusedError } from 'foster/client';

const [name] = process.argv.slice(2);
if (name === undefined) {
  console.error('usage: restart.js JOB');
  process.exit(2);
}

const foster = connect();
try {
  const before = await foster.job(name);
  console.log(`${name}: ${before.state}, process ${before.main ?? 'none'}`);

  // listening begins before the command, so that nothing is missed
  const since = new Date();
  const restart = foster.restart(name);
  for await (const entry of foster.events({ job: name, types: ['state'], since })) {
    if (entry.type !== 'state') continue;
    console.log(`${entry.from} -> ${entry.to}`);
    if (entry.to === 'running') break;
  }

  const { status } = await restart;
  const [usage] = await foster.usage(name);
  console.log(`${name}: ${status?.state}, process ${status?.main}, ${usage?.tasks ?? 0} tasks`);
} catch (error) {
  if (!(error instanceof RefusedError)) throw error;
  console.error(error.message);
  for (const line of error.body.answer?.output ?? []) console.error(`    | ${line}`);
  process.exit(1);
}
