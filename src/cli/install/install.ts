/**
 * foster install: writes the service by which this machine's service manager starts foster. It starts nothing
 * itself.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LAUNCHER, SERVICE_TEMPLATES } from '../../installation.js';
import { fromNodeError, nodeErrorCode } from '../../kernel/errno.js';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { isFosters, MANAGERS, serviceOf, serviceText, type Manager, type Service } from './service.js';

/** A service has two kilobytes; a larger file was not written by foster. */
const SERVICE_LIMIT = 64 * 1024;

interface Target extends Service {
  /** prefix of every path: the root directory of an image that is being built */
  readonly root: string;
}

export function install(invocation: Invocation): Promise<number> {
  const { env, uid } = invocation.terminal;
  const scope = invocation.has('user') ? 'user' : 'system';
  const root = invocation.value('root') ?? '';
  const manager = invocation.choice('manager', MANAGERS) ?? managerOf(root);
  if (scope === 'user' && manager !== 'systemd')
    throw usageError(`--user: ${manager} has no services of users`);
  if (scope === 'system' && uid !== 0 && !invocation.has('dry-run'))
    throw new CliError('install: only root may write services of the machine; --user writes one of your own');
  const target = { ...serviceOf(manager, scope, env['HOME'] ?? '/'), root };
  const found = readTextIfThere(at(target, target.path), { limit: SERVICE_LIMIT });
  if (found !== undefined && !isFosters(found))
    throw new CliError(`install: ${at(target, target.path)} is not of foster, and stays as it is`);
  if (invocation.has('remove')) remove(invocation, target, found);
  else write(invocation, target, found);
  return Promise.resolve(EXIT.ok);
}

/**
 * Returns the machine's service manager.
 * @throws CliError when there is none that foster supports
 */
function managerOf(root: string): Manager {
  const has = (path: string): boolean => existsSync(join(root, path));
  if (has('/run/systemd/system') || has('/lib/systemd/systemd')) return 'systemd';
  if (has('/sbin/openrc-run')) return 'openrc';
  if (has('/etc/init.d')) return 'sysvinit';
  throw new CliError(
    `install: none of ${MANAGERS.join(', ')} is here; --manager names one. In a container, make "foster init" the command`,
  );
}

function write(invocation: Invocation, target: Target, found: string | undefined): void {
  const template = readTextIfThere(join(SERVICE_TEMPLATES, target.template), { limit: SERVICE_LIMIT });
  if (template === undefined)
    throw new CliError('install: a package has installed this foster, and the service with it');
  const text = serviceText(template, LAUNCHER, process.execPath);
  const path = at(target, target.path);
  if (invocation.has('dry-run')) {
    invocation.print(`# ${path} would be:`);
    invocation.printAll(text.trimEnd().split('\n'));
    return;
  }
  attempt(`write ${path}`, () => {
    mkdirSync(at(target, target.confdir), { recursive: true });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, target.mode);
  });
  invocation.explain([
    `${path} ${found === undefined ? 'is written' : found === text ? 'is as it was' : 'is renewed'}`,
    `jobs are read from ${at(target, target.confdir)}; foster is started, now and at each boot, by:`,
  ]);
  invocation.printAll(target.enable.map((command) => `    ${command}`));
}

function remove(invocation: Invocation, target: Target, found: string | undefined): void {
  const path = at(target, target.path);
  if (found === undefined) throw new CliError(`install: there is no ${path}`);
  if (lstatSync(at(target, target.enabledBy), { throwIfNoEntry: false }) !== undefined)
    throw new CliError(`install: foster is still enabled; first: ${target.disable.join('; ')}`);
  if (invocation.has('dry-run')) return invocation.explain([`${path} would be removed`]);
  attempt(`remove ${path}`, () => rmSync(path));
  invocation.explain([`${path} is removed; job files and logs stay`]);
}

function at({ root }: Pick<Target, 'root'>, path: string): string {
  return root === '' ? path : join(root, path);
}

/**
 * Calls a function.
 * @throws CliError for errors of the file system
 */
function attempt(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (nodeErrorCode(error) === undefined) throw error;
    throw new CliError(`install: ${fromNodeError(error, what).message}`);
  }
}
