/** Compares both engines, and says what came of it. */
import { prepare } from './machine.js';
import { destinations, latency, storm, summary } from './measurements.js';
import { NOWHERE, workload } from './processes.js';
import { rulesText } from './rules.js';

const PROCESSES = Number(process.argv[2] ?? 1000);
const CHANGES = Number(process.argv[3] ?? 300);
/** of the measurement of latency, in each of which CHANGES are made with either engine */
const ROUNDS = 6;

const say = (text) => process.stdout.write(`${text}\n`);

function differences(a, b) {
  return a.map((place, n) => [n, place, b[n]]).filter(([, one, other]) => one !== other);
}

prepare();
const count = rulesText()
  .split('\n')
  .filter((line) => /^[^#\s]/.test(line)).length;
say(`${count} rules, ${PROCESSES} processes, half of them there before the engine began`);
const results = {};
for (const name of ['cgrulesengd', 'foster']) results[name] = await destinations(name, PROCESSES);
const differing = differences(results.cgrulesengd.places, results.foster.places);
const half = PROCESSES / 2;
say(
  `in a group: ${results.cgrulesengd.places.filter((place) => place !== NOWHERE).length} by cgrulesengd, ${results.foster.places.filter((place) => place !== NOWHERE).length} by foster`,
);
say(
  `the same destination: ${PROCESSES - differing.length} of ${PROCESSES} (differing: ${differing.filter(([n]) => n < half).length} that were there before, ${differing.filter(([n]) => n >= half).length} others)`,
);
const all = workload(PROCESSES, 7);
for (const [n, theirs, ours] of differing.slice(0, 10))
  say(`    ${JSON.stringify(all[n])}: cgrulesengd ${theirs}; foster ${ours}`);
const groups = [results.cgrulesengd.groups, results.foster.groups];
const made = [...groups[0].keys()].filter((name) => groups[1].has(name));
const unlike = made.filter((name) => groups[0].get(name) !== groups[1].get(name));
say(
  `groups: ${groups[0].size} with cgrulesengd, ${groups[1].size} with foster; ${made.length} in both, ${made.length - unlike.length} of them with the same setting`,
);
for (const name of unlike.slice(0, 10))
  say(`    ${name}: cgrulesengd ${groups[0].get(name)}; foster ${groups[1].get(name)}`);
// in turns, since the machine is now quieter and now busier
const lines = { cgrulesengd: [], foster: [] };
for (let round = 0; round < ROUNDS; round++) {
  const turns = round % 2 === 0 ? ['cgrulesengd', 'foster'] : ['foster', 'cgrulesengd'];
  for (const name of turns) lines[name].push(...(await latency(name, CHANGES)));
}
const times = { cgrulesengd: summary(lines.cgrulesengd), foster: summary(lines.foster) };
for (const [name, { median, p90, p99, lost }] of Object.entries(times)) {
  const [a, b, c] = [median, p90, p99].map((time) => time?.toFixed(0));
  say(
    `latency of ${lines[name].length} changes of user, ${name}: median ${a} us, p90 ${b} us, p99 ${c} us, not within 2 s: ${lost}`,
  );
}
const ratio = (key) => (times.foster[key] / times.cgrulesengd[key]).toFixed(2);
say(
  `latency of foster as a ratio to cgrulesengd: median ${ratio('median')}, p90 ${ratio('p90')}, p99 ${ratio('p99')}`,
);
const storms = {};
for (const name of ['cgrulesengd', 'foster']) {
  storms[name] = await storm(name);
  const { seconds, cpu, overflows } = storms[name];
  say(
    `storm of 9000 programs in ${seconds.toFixed(1)} s, ${name}: ${cpu} ms of processor, lost events ${overflows} times`,
  );
}
const quiet = differences(storms.cgrulesengd.places, storms.foster.places);
const missed = (column) => quiet.filter((difference) => difference[column] === NOWHERE).length;
say(`in the storm, the same destination: ${200 - quiet.length} of 200`);
say(`in the storm, placed by the other one only: ${missed(1)} missed by cgrulesengd, ${missed(2)} by foster`);
for (const [n, theirs, ours] of quiet.slice(0, 5))
  say(`    ${JSON.stringify(workload(200, 11)[n])}: cgrulesengd ${theirs}; foster ${ours}`);
