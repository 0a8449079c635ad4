/** The rules engine on the control groups of this machine, for one test at a time. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { cgroupSetup } from '../../src/kernel/cgroup/layout.js';
import type { Getent } from '../../src/kernel/users/getent.js';
import { createKernel } from '../../src/kernel/linux.js';
import type { Move } from '../../src/rules/engine.js';
import { RulesService } from '../../src/rules/service.js';
import type { Made } from '../../src/rules/templates/making.js';
import { testConnector } from '../../src/tracker/sources/connector-self-test.js';
import { groupOf, version1 } from './cgroups.js';
import { spawnChild } from './child.js';
import { until } from './until.js';

const usable = version1('cpu', 'memory', 'pids');

/** Why the engine cannot be tested here, or false. */
export function rulesSkip(): string | false {
  if (typeof usable === 'string') return `${usable} (root and control groups of version 1 are needed)`;
  const connector = testConnector();
  return connector.works ? false : `the connector does not work here: ${connector.reason}`;
}

/** A place for one test: programs that no rule of anybody else is about, and groups that are removed after it. */
export class RulesPlace {
  readonly directory = mkdtempSync(join(tmpdir(), 'foster-rules-'));
  readonly config = join(this.directory, 'cgrules.conf');
  /** there is none until the test writes one */
  readonly templates = join(this.directory, 'cgconfig.conf');
  /** unlike those of every other test */
  readonly scope = `foster-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly said: string[] = [];
  readonly moves: Move[] = [];
  readonly made: Made[] = [];
  readonly #children = new Set<ReturnType<typeof spawnChild>>();

  constructor(t: Test) {
    chmodSync(this.directory, 0o755);
    t.teardown(() => this.#remove());
  }

  /** A program of this test alone. @returns its path */
  program(name: string): string {
    const path = join(this.directory, name);
    if (!existsSync(path)) cpSync('/bin/sleep', path);
    return path;
  }

  /** Replaces the file as editors do. */
  rules(...lines: readonly string[]): void {
    replace(this.config, lines);
  }

  writeTemplates(...lines: readonly string[]): void {
    replace(this.templates, lines);
  }

  start(path: string, uid = 0): number {
    const child = spawnChild(path, ['1000'], { stdio: 'ignore', ...(uid === 0 ? {} : { uid, gid: uid }) });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child.pid!;
  }

  async service(
    t: Test,
    options: { readonly dryRun?: boolean; readonly stickySocket?: string; readonly getent?: Getent } = {},
  ): Promise<RulesService> {
    const service = new RulesService({
      kernel: createKernel(),
      sources: {
        rules: { paths: [this.config], optional: false },
        templates: { paths: [this.templates], optional: true },
      },
      getent: options.getent,
      dryRun: options.dryRun ?? false,
      stickySocket: options.stickySocket,
      moved: (move) => this.moves.push(move),
      made: (made) => this.made.push(made),
      log: (text) => this.said.push(text),
    });
    t.teardown(() => service.close());
    await service.start();
    return service;
  }

  /** Resolves once the process is in this group of the controller. */
  async untilIn(pid: number, controller: string, group: string): Promise<void> {
    await until(
      `process ${pid} in ${group}, it is in ${groupOf(pid, controller) ?? 'none'}`,
      () => groupOf(pid, controller) === `/${this.scope}/${group}`,
    );
  }

  async #remove(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await until('the end of what the test has started', () => this.#children.size === 0);
    for (const { point } of cgroupSetup().hierarchies) removeTree(join(point, this.scope));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function replace(file: string, lines: readonly string[]): void {
  writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(''));
  renameSync(`${file}.new`, file);
}

function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  rmdirSync(directory);
}
