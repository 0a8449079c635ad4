/** What is measured. Each test measures a peer once, and says which figures it gives. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf, World } from './world.js';

/** Milliseconds that a service is up before it is killed: supervisors that throttle restarts do so within the first second. */
const SETTLED = 2200;

const milliseconds = (from, to) => Number(to - from) / 1e6;

export const TESTS = [
  {
    name: 'restart',
    title: 'Restart of a service',
    unit: 'ms',
    text: 'From `kill -9` of the only service to the first instruction of the next one.',
    peers: (peer) => peer.services !== undefined,
    measure: (peer, { programs }) =>
      withWorld(programs, 1, async (world) => {
        world.startServices(peer);
        await world.starts(1);
        await sleep(SETTLED + Math.random() * 1000);
        const [pid] = world.processes().services;
        const killed = process.hrtime.bigint();
        process.kill(pid, 'SIGKILL');
        return milliseconds(killed, (await world.starts(2))[1]);
      }),
  },
  {
    name: 'command',
    title: 'Start of a container’s command',
    unit: 'ms',
    text: 'From the start of the init to the first instruction of the one command that it is given, with `unshare` in both. foster is a program of Node.js: the line `node` is `node -e 0`.',
    peers: (peer) => peer.command !== undefined,
    others: [{ name: 'node', measure: timeOfNode }],
    measure: (peer, { programs }) =>
      withWorld(programs, 1, async (world) => {
        const began = world.startCommand(peer);
        return milliseconds(began, (await world.starts(1))[0]);
      }),
  },
  {
    name: 'bring-up',
    title: 'Bring-up',
    unit: 'ms',
    text: 'From the start of the supervisor to the first instruction of the last of all services.',
    peers: (peer) => peer.services !== undefined,
    measure: (peer, { programs, jobs }) =>
      withWorld(programs, jobs, async (world) => {
        const began = world.startServices(peer);
        return milliseconds(began, (await world.starts(jobs)).at(-1));
      }),
  },
  {
    name: 'memory',
    title: 'Memory',
    unit: 'MiB',
    text: 'PSS of all processes of the supervisor (a process for each service is one of them), without the services, two seconds after the bring-up.',
    peers: (peer) => peer.services !== undefined,
    measure: (peer, { programs, jobs }) =>
      withWorld(programs, jobs, async (world) => {
        world.startServices(peer);
        await world.starts(jobs);
        await sleep(2000);
        return sum(world.processes().own.map(pss)) / 1024;
      }),
  },
  {
    name: 'list',
    title: 'List of all services',
    unit: 'ms',
    text: 'How long the client takes that prints the state of all services.',
    peers: (peer) => peer.services !== undefined && peer.name !== 'C loop',
    others: [{ name: 'node', measure: timeOfNode }],
    measure: (peer, { programs, jobs }) =>
      withWorld(programs, jobs, async (world) => {
        world.startServices(peer);
        await world.starts(jobs);
        await sleep(500);
        return timeOf(world.list, world.environment);
      }),
  },
  {
    name: 'shutdown',
    title: 'Shutdown',
    unit: 'ms',
    text: 'From the signal that ends the supervisor until it has ended, and all services, which end at once.',
    peers: (peer) => peer.services !== undefined,
    measure: (peer, { programs, jobs }) =>
      withWorld(programs, jobs, async (world) => {
        world.startServices(peer);
        await world.starts(jobs);
        await sleep(500);
        return world.stop();
      }),
  },
];

async function withWorld(programs, count, measure) {
  const world = new World(programs, count);
  try {
    return await measure(world);
  } finally {
    await world.remove();
  }
}

function timeOfNode() {
  return timeOf([process.execPath, '-e', '0'], process.env);
}

async function timeOf([program, ...args], env) {
  const began = process.hrtime.bigint();
  await once(spawn(program, args, { env, stdio: 'ignore' }), 'exit');
  return milliseconds(began, process.hrtime.bigint());
}

function pss(pid) {
  return Number(/^Pss: +(\d+)/m.exec(textOf(pid, 'smaps_rollup'))?.[1] ?? 0);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
