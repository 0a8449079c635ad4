#!/usr/bin/env node
/**
 * The rules engine beside cgrulesengd(8) of libcgroup: the same rules, the same processes, one after the other.
 *
 *      node scripts/rules-beside-cgrulesengd.js [PROCESSES] [CHANGES]
 *
 * Needs root, control groups of version 1, the initial pid and network namespaces, and Debian's cgroup-tools and perl-base.
 * Everything happens in a mount namespace of its own, with users and rules of its own: the machine's /etc is not touched, and
 * no rule is about any user that exists. FOSTER names the program (default: bin/foster of this tree).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

if (process.env.RULES_BESIDE === undefined) {
  const words = ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, RULES_BESIDE: mkdtempSync(join(tmpdir(), 'rules-beside-')) };
  const { status } = spawnSync('unshare', words, { stdio: 'inherit', env });
  rmSync(env.RULES_BESIDE, { recursive: true, force: true });
  process.exit(status ?? 1);
}
await import('./lib/rules-beside/report.js');
