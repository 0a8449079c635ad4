#!/usr/bin/env node
/**
 * How foster does with many job files. Prints, in milliseconds:
 *
 *   answers     from the start of the program until it answers on its socket, with N job files
 *   runs        from one event on which all N start, until all N are running
 *   wait        the longest time that a request had to wait for its answer while all of M job files change: the longest
 *               stall of the event loop
 *
 *     node scripts/scale.js [N] [M]      after `npm run build`; by default 500 and 5000
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [services = 500, files = 5000] = process.argv.slice(2).map(Number);
const foster = fileURLToPath(new URL('../bin/foster', import.meta.url));

/** A supervisor in a directory of its own, with `count` job files. */
class Trial {
  directory = mkdtempSync(join(tmpdir(), 'foster-scale-'));
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(count, text) {
    mkdirSync(join(this.directory, 'conf'));
    this.write(count, text);
  }

  write(count, text) {
    for (let number = 0; number < count; number++) writeFileSync(this.path(number), text(number));
  }

  path(number) {
    return join(this.directory, 'conf', `job${number}.conf`);
  }

  begin() {
    const at = (name) => join(this.directory, name);
    const directories = ['--confdir', at('conf'), '--logdir', at('log'), '--rundir', at('run')];
    this.began = performance.now();
    this.init = spawn(foster, ['init', ...directories, '--no-startup-event'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.ended = once(this.init, 'exit');
  }

  ask(path, method = 'GET', body) {
    return new Promise((resolve, reject) => {
      const socketPath = join(this.directory, 'run', 'foster.sock');
      const text = body === undefined ? '' : JSON.stringify(body);
      const asked = request(
        { socketPath, path, method, agent: this.#agent, headers: { 'content-length': text.length } },
        (answer) => {
          let received = '';
          answer.setEncoding('utf8').on('data', (chunk) => (received += chunk));
          answer.on('end', () => resolve(JSON.parse(received)));
        },
      );
      asked.on('error', reject).end(text);
    });
  }

  /** Until the first answer. */
  async answers() {
    for (;;) {
      try {
        await this.ask('/v1/version');
        return performance.now() - this.began;
      } catch (error) {
        if (!['ENOENT', 'ECONNREFUSED'].includes(error.code) || this.init.exitCode !== null) throw error;
        await sleep(1);
      }
    }
  }

  /** The longest wait for an answer, one question after the other, until `work` is done. */
  async longestWait(work) {
    let over = false;
    let longest = 0;
    const done = work().finally(() => (over = true));
    while (!over) {
      const asked = performance.now();
      await this.ask('/v1/version');
      longest = Math.max(longest, performance.now() - asked);
      await sleep(1);
    }
    await done;
    return longest;
  }

  async until(number, description) {
    while (!description.test((await this.ask(`/v1/jobs/job${number}`)).description)) await sleep(20);
  }

  async end() {
    this.#agent.destroy();
    this.init.kill('SIGTERM');
    await this.ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const show = (what, milliseconds) => console.log(`${what.padEnd(58)} ${Math.round(milliseconds)} ms`);

async function bringUp() {
  const trial = new Trial(services, () => 'start on up\nconsole none\nexec sleep 1000\n');
  trial.begin();
  show(`${services} job files, from the start to an answer`, await trial.answers());
  const emitted = performance.now();
  await trial.ask('/v1/events', 'POST', { event: 'up', env: [], wait: true });
  show(`one event that starts ${services} services, until all run`, performance.now() - emitted);
  const running = (await trial.ask('/v1/jobs')).filter(({ state }) => state === 'running').length;
  if (running !== services) throw new Error(`only ${running} of ${services} run`);
  await trial.end();
}

async function load() {
  const text = (words) => (number) =>
    `description "${words} ${number}"\nstart on never-${number} or up\ntask\nconsole none\nexec true\n`;
  const trial = new Trial(files, text('first'));
  trial.begin();
  show(`${files} job files, from the start to an answer`, await trial.answers());
  const changed = async () => {
    for (let number = 0; number < files; number++)
      await writeFile(trial.path(number), text('second')(number));
    // a list of all of them would itself take its time
    for (const number of [0, Math.floor(files / 2), files - 1]) await trial.until(number, /^second/);
  };
  show(`longest wait for an answer while all ${files} change`, await trial.longestWait(changed));
  await trial.end();
}

await bringUp();
await load();
