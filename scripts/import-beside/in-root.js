/** Runs in a Debian of its own: observes the services under systemd, or imports them and observes them under foster. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { observe } from './observe.js';

const FOSTER = '/opt/foster/bin/foster';
const [, , who] = process.argv;
const place = { out: (name) => `/beside/out-${who}/${name}` };
const program = who === 'foster' ? FOSTER : 'systemctl';
const result = await observe(place, (verb, name) => spawnSync(program, [verb, name], { timeout: 60_000 }));
writeFileSync(`/beside/${who}.json`, JSON.stringify(result));
