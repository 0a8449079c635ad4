/**
 * Prints every program that is executed on this machine, with who executed it, until it is interrupted:
 *
 *     node examples/who-starts-what.js
 */
import { readFileSync } from 'node:fs';
import { connector } from 'foster/tracker';

const test = connector.test();
if (!test.works) {
  console.error(`the proc connector does not work here: ${test.reason}\nwhat would help: ${test.remedy}`);
  process.exit(1);
}

/** Names by pid, learned from events: a process that has ended can still be named. */
const names = new Map();

function nameOf(pid) {
  try {
    return names.get(pid) ?? readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'gone';
  }
}

const parents = new Map();
for await (const event of connector({ types: ['fork', 'exec', 'exit', 'adopted'] })) {
  switch (event.type) {
    case 'fork':
      parents.set(event.child, event.parent);
      break;
    case 'exec': {
      names.set(event.pid, event.argv?.[0] ?? 'gone');
      const parent = parents.get(event.pid);
      const by = parent === undefined ? 'somebody' : `${nameOf(parent)} (${parent})`;
      console.log(`${by} started ${event.pid}: ${event.argv?.join(' ') ?? 'gone already'}`);
      break;
    }
    case 'adopted':
      console.log(`${nameOf(event.pid)} (${event.pid}) lost its parent ${event.formerParent}`);
      break;
    case 'exit':
      names.delete(event.pid);
      parents.delete(event.pid);
      break;
    case 'overflow':
      console.log(`${event.lost ?? 'some'} events were lost`);
      break;
  }
}
