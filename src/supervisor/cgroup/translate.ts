/**
 * Translates a limit in a job file to files of the kernel. Names of version 2 (cgroup-v2.rst) work everywhere: if a
 * controller is mounted as version 1, they become the files of cgroup-v1/. The few names of version 1 that Upstart's
 * job files use become those of version 2. Any other name is used as it is. Pure.
 */

/** A file of a group, and the value to write. */
interface GroupFile {
  readonly file: string;
  readonly value: string;
}

/** Why the setting has no effect here. */
interface Untranslatable {
  readonly problem: string;
}

type Translation = readonly GroupFile[] | Untranslatable;

/** The kernel's default period of cpu.max, in microseconds. */
const CPU_PERIOD = 100_000;

/** The default of version 1 is 1024 shares, that of version 2 a weight of 100. */
const SHARES_OF_WEIGHT = 1024 / 100;

/** @param value everything after the file's name, with its blanks */
export function translate(version: 1 | 2, file: string, value: string): Translation {
  if (file === 'cpu.max') return cpuMax(version, value);
  const table = version === 1 ? TO_VERSION_1 : TO_VERSION_2;
  return table.get(file)?.(value) ?? [{ file, value }];
}

const noCounterpart = (version: 1 | 2, file: string) => (): Untranslatable => ({
  problem: `${file} has no counterpart in version ${version} of control groups`,
});

const TO_VERSION_1 = new Map<string, (value: string) => Translation>([
  ['memory.max', (value) => [{ file: 'memory.limit_in_bytes', value: value === 'max' ? '-1' : value }]],
  ...['memory.high', 'memory.low', 'memory.min', 'memory.swap.max', 'memory.oom.group', 'io.weight'].map(
    (file): [string, () => Untranslatable] => [file, noCounterpart(1, file)],
  ),
  ['cpu.weight', (value) => scaled('cpu.shares', value, SHARES_OF_WEIGHT, 2)],
  ['io.max', ioMax],
]);

const TO_VERSION_2 = new Map<string, (value: string) => Translation>([
  ['memory.limit_in_bytes', (value) => [{ file: 'memory.max', value: value === '-1' ? 'max' : value }]],
  ['cpu.shares', (value) => scaled('cpu.weight', value, 1 / SHARES_OF_WEIGHT, 1)],
  ['cpu.cfs_quota_us', (value) => [{ file: 'cpu.max', value: value === '-1' ? 'max' : value }]],
  ...['cpu.cfs_period_us', 'memory.soft_limit_in_bytes', 'memory.memsw.limit_in_bytes'].map(
    (file): [string, () => Untranslatable] => [file, noCounterpart(2, file)],
  ),
]);

function scaled(file: string, value: string, factor: number, least: number): Translation {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0) return { problem: `${value}: ${file} needs a number above 0` };
  return [{ file, value: String(Math.max(least, Math.round(number * factor))) }];
}

/** Accepts `max`, `QUOTA`, `QUOTA PERIOD` (microseconds) and, as foster's own addition, `N%` of one processor. */
function cpuMax(version: 1 | 2, value: string): Translation {
  const match = /^(?:(?<percent>\d+(?:\.\d+)?)%|(?<quota>max|\d+))(?:\s+(?<period>\d+))?$/.exec(value.trim());
  if (match?.groups === undefined)
    return { problem: `cpu.max "${value}": expected \`max\`, \`QUOTA [PERIOD]\` in microseconds, or \`N%\`` };
  const period = Number(match.groups['period'] ?? CPU_PERIOD);
  const { percent, quota } = match.groups;
  const amount = percent === undefined ? quota! : String(Math.round((Number(percent) / 100) * period));
  if (version === 2) return [{ file: 'cpu.max', value: `${amount} ${period}` }];
  // the period first: the kernel refuses a quota that is too small for the current period
  return [
    { file: 'cpu.cfs_period_us', value: String(period) },
    { file: 'cpu.cfs_quota_us', value: amount === 'max' ? '-1' : amount },
  ];
}

const THROTTLES: Readonly<Record<string, string>> = {
  rbps: 'blkio.throttle.read_bps_device',
  wbps: 'blkio.throttle.write_bps_device',
  riops: 'blkio.throttle.read_iops_device',
  wiops: 'blkio.throttle.write_iops_device',
};

/** Accepts `MAJOR:MINOR KEY=N...`. Version 1 has a file for each key, and 0 means no limit. */
function ioMax(value: string): Translation {
  const [device = '', ...limits] = value.trim().split(/\s+/);
  const files = limits.map((limit) => {
    const [key = '', amount = ''] = limit.split('=');
    const file = THROTTLES[key];
    return file === undefined ? undefined : { file, value: `${device} ${amount === 'max' ? '0' : amount}` };
  });
  const known = files.filter((file) => file !== undefined);
  return known.length === files.length && known.length > 0 && /^\d+:\d+$/.test(device)
    ? known
    : { problem: `io.max "${value}": expected \`MAJOR:MINOR\` and one of rbps=N, wbps=N, riops=N, wiops=N` };
}
