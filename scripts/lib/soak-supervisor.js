/** The supervisor under the soak, and what is done to it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ControlClient, RefusedError, UnreachableError } from '../../build/src/control/client/client.js';

/**
 * Respawned all the time, 4 at a time. Each run writes more than a log file may have, so that each is a rotation: `rotations` counts at
 * least those.
 */
const RESPAWNER = `exec = /bin/sh -c 'printf "%070000d\\n" 1; exec sleep 0.1'
start on = startup
instances = 4
respawn = yes
respawn limit = unlimited
respawn delay = none
log size = 64k
`;
const TASK = 'exec = /bin/true\ntask = yes\ninstance = $N\n';
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

export class Soaked {
  #directory = mkdtempSync(join(tmpdir(), 'foster-soak-'));
  #supervisor;
  #client;
  #tasks = 0;

  static async start() {
    const soaked = new Soaked();
    await soaked.#begin();
    return soaked;
  }

  #path(...names) {
    return join(this.#directory, ...names);
  }

  async #begin() {
    mkdirSync(this.#path('conf'));
    writeFileSync(this.#path('conf', 'respawner.ini'), RESPAWNER);
    writeFileSync(this.#path('conf', 'task.ini'), TASK);
    const args = ['--expose-gc', '--import', file('./soak-probe.js'), file('../../bin/foster'), 'init'];
    const places = [
      '--confdir',
      this.#path('conf'),
      '--logdir',
      this.#path('log'),
      '--rundir',
      this.#path('run'),
    ];
    this.#supervisor = spawn(process.execPath, [...args, ...places], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, FOSTER_SOAK_PROBE: this.#path('probe') },
    });
    this.#client = new ControlClient(
      { path: this.#path('run', 'foster.sock'), isNamed: true },
      process.geteuid(),
    );
    await this.#answers();
  }

  async #answers() {
    for (;;) {
      const version = await this.#attempt(() => this.#client.request('/v1/version'));
      if (version !== undefined) return version;
      await sleep(20);
    }
  }

  /** Undefined where the program is being replaced: then nobody was there to take it. */
  async #attempt(ask) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof UnreachableError || error instanceof RefusedError) return undefined;
      throw error;
    }
  }

  emit() {
    const body = { event: 'soaked', env: ['A=1'], wait: false };
    return this.#attempt(() => this.#client.request('/v1/events', { method: 'POST', body }));
  }

  runTask() {
    const body = { env: [`N=${this.#tasks++ % 3}`], wait: 'upstart' };
    return this.#attempt(() => this.#client.request('/v1/jobs/task/start', { method: 'POST', body }));
  }

  async reexec() {
    const { since } = await this.#answers();
    await this.#attempt(() => this.#client.request('/v1/reexec', { method: 'POST', body: {} }));
    while ((await this.#answers()).since === since) await sleep(20);
  }

  async totals() {
    const jobs = await this.#client.request('/v1/jobs?match=respawner');
    const respawns = jobs.reduce((sum, job) => sum + job.respawns, 0);
    return { respawns, 'log rotations': respawns };
  }

  /** What the supervisor holds now; undefined before its first report, and while it is being replaced. */
  sample() {
    try {
      const report = JSON.parse(readFileSync(this.#path('probe'), 'utf8'));
      return { ...report, descriptors: readdirSync(`/proc/${this.#supervisor.pid}/fd`).length };
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async close() {
    this.#supervisor.kill('SIGTERM');
    await new Promise((resolve) => this.#supervisor.once('exit', resolve));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
