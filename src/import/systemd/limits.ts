/**
 * Imports the limits of a service: LimitX= of setrlimit(2), and those of its cgroup
 * (systemd.resource-control(5)).
 */
import type { ServiceBuilder } from '../service-builder.js';
import { timeSpan } from './time-span.js';
import { originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

interface Resource {
  readonly resource: string;
  readonly unit: 'count' | 'bytes' | 's' | 'nice';
}

/** systemd's names of resource limits, and the units of their values. */
const RESOURCES: Readonly<Record<string, Resource>> = {
  LimitAS: { resource: 'as', unit: 'bytes' },
  LimitCORE: { resource: 'core', unit: 'bytes' },
  LimitCPU: { resource: 'cpu', unit: 's' },
  LimitDATA: { resource: 'data', unit: 'bytes' },
  LimitFSIZE: { resource: 'fsize', unit: 'bytes' },
  LimitMEMLOCK: { resource: 'memlock', unit: 'bytes' },
  LimitMSGQUEUE: { resource: 'msgqueue', unit: 'bytes' },
  LimitNICE: { resource: 'nice', unit: 'nice' },
  LimitNOFILE: { resource: 'nofile', unit: 'count' },
  LimitNPROC: { resource: 'nproc', unit: 'count' },
  LimitRSS: { resource: 'rss', unit: 'bytes' },
  LimitRTPRIO: { resource: 'rtprio', unit: 'count' },
  LimitSIGPENDING: { resource: 'sigpending', unit: 'count' },
  LimitSTACK: { resource: 'stack', unit: 'bytes' },
};

/** Settings that correspond to a file of a cgroup (cgroups(7), version 2). */
const GROUP_FILES: Readonly<Record<string, string>> = {
  MemoryMax: 'memory.max',
  MemoryLimit: 'memory.max',
  MemoryHigh: 'memory.high',
  MemoryLow: 'memory.low',
  MemoryMin: 'memory.min',
  MemorySwapMax: 'memory.swap.max',
  MemoryZSwapMax: 'memory.zswap.max',
  TasksMax: 'pids.max',
  CPUQuota: 'cpu.max',
  CPUWeight: 'cpu.weight',
  IOWeight: 'io.weight',
  AllowedCPUs: 'cpuset.cpus',
  AllowedMemoryNodes: 'cpuset.mems',
};

/** Switches of accounting: foster always counts what a cgroup uses. */
const ACCOUNTING = /^(?:CPU|Memory|Tasks|IO|Block|IP)Accounting$|^BlockIOAccounting$/;

export function addLimit(unit: Unit, service: ServiceBuilder, entry: UnitEntry): boolean {
  const known = RESOURCES[entry.key];
  if (known !== undefined) {
    addResource(unit, service, entry, known);
    return true;
  }
  const file = GROUP_FILES[entry.key];
  if (file !== undefined) {
    addGroupFile(service, entry, file);
    return true;
  }
  if (!ACCOUNTING.test(entry.key)) return false;
  service.found(originOf(entry), { verdict: 'kept', as: 'nothing: foster counts what a group uses' });
  return true;
}

function addResource(
  unit: Unit,
  service: ServiceBuilder,
  entry: UnitEntry,
  { resource, unit: kind }: Resource,
): void {
  const text = unit.literal(entry.value) ?? entry.value;
  const [soft, hard = soft, more] = text.split(':').map((value) => limitValue(value.trim(), kind));
  if (soft === undefined || hard === undefined || more !== undefined) {
    service.dropped(originOf(entry), 'systemd would reject it: it is no limit');
    return;
  }
  service.kept(originOf(entry), 'limit', resource, soft, hard);
}

function limitValue(text: string, kind: Resource['unit']): string | undefined {
  if (text === 'infinity') return 'unlimited';
  if (kind === 'nice' && /^[+-]\d+$/.test(text)) return String(20 - Number(text));
  if (kind === 's') {
    const seconds = timeSpan(text);
    return seconds === undefined ? undefined : String(Math.ceil(seconds));
  }
  const number = bytes(text, kind === 'bytes' ? 1024 : 1000);
  return number === undefined ? undefined : String(number);
}

/** Parses a number with K, M, G, T, P or E after it. */
function bytes(text: string, base: number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGTPE]?)B?$/i.exec(text);
  if (match === null) return undefined;
  const power = ' KMGTPE'.indexOf(match[2]!.toUpperCase() || ' ');
  return Math.floor(Number(match[1]) * base ** power);
}

function addGroupFile(service: ServiceBuilder, entry: UnitEntry, file: string): void {
  const origin = originOf(entry);
  const value = entry.value === 'infinity' ? 'max' : entry.value;
  if (/^(?:memory|pids)\./.test(file)) {
    const amount = value === 'max' ? 'max' : bytes(value, file.startsWith('memory') ? 1024 : 1000);
    if (amount === undefined) {
      service.dropped(
        origin,
        "a share of the machine's resources cannot be expressed here",
        `\`cgroup = ${file} SIZE\` with an amount`,
      );
      return;
    }
    const tidy =
      /^\d+(?:\.\d+)?[KMG]$/i.test(value) && !value.includes('.') ? value.toUpperCase() : String(amount);
    service.kept(origin, 'cgroup', file, amount === 'max' ? 'max' : tidy);
    return;
  }
  if (file === 'cpu.weight' && value === 'idle') {
    service.approximated(origin, 'the least weight comes closest to idle', 'cgroup', file, '1');
    return;
  }
  if (file === 'io.weight' && /^\d+$/.test(value)) service.kept(origin, 'cgroup', file, 'default', value);
  else service.kept(origin, 'cgroup', file, ...value.split(/\s+/));
}
