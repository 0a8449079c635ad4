/** Warns about well-formed values that the kernel or the calendar refuses. Upstart accepts them silently. */
import { timesOf } from '../../jobfile/crontab.js';
import type { JobClass, LimitValue } from '../../jobfile/job-class/job-class.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { at, type Remark, type ReviewedJob } from './job.js';

/** SIGRTMAX (signal(7)) */
const LAST_SIGNAL = 64;
/** the largest exit status (wait(2)) */
const LAST_STATUS = 255;

export function reviewValues(job: ReviewedJob): readonly JobFileWarning[] {
  return [
    ...reviewLimits(job),
    ...(
      [
        ['kill signal', reviewSignal(job.class.killSignal)],
        ['reload signal', reviewSignal(job.class.reloadSignal)],
        ['normal exit', reviewStatuses(job.class)],
        ['schedule', reviewSchedule(job.class)],
        ['pid file', reviewHome(job.class.pidFile)],
        ['ready path', reviewHome(job.class.ready?.when === 'path' ? job.class.ready.path : undefined)],
        ['runtime dir', reviewHome(job.class.runtimeDirs.find(({ path }) => path.startsWith('~'))?.path)],
      ] as const
    ).flatMap(([stanza, remark]) => (remark === undefined ? [] : [at(job, stanza, remark)])),
  ];
}

function reviewLimits(job: ReviewedJob): readonly JobFileWarning[] {
  const limits = Object.entries(job.class.limits);
  const lines = job.stanzas.filter(({ name }) => name === 'limit');
  return limits.flatMap(([name, { soft, hard }], index) => {
    const remark = reviewLimit(name, soft, hard);
    if (remark === undefined) return [];
    // a resource may be named twice
    const place = lines.length === limits.length ? lines[index]! : undefined;
    return [
      place === undefined ? at(job, 'limit', remark) : { file: place.file, line: place.line, ...remark },
    ];
  });
}

/** Warns about limits for which setrlimit(2) returns EINVAL. */
function reviewLimit(name: string, soft: LimitValue, hard: LimitValue): Remark | undefined {
  if (hard === 'unlimited' || (soft !== 'unlimited' && soft <= hard)) return undefined;
  return {
    message: `the soft limit of ${name} (${soft}) is above the hard one (${hard}): the job cannot start`,
    remedy: `write the soft limit first, \`limit ${name} ${hard} ${soft}\``,
  };
}

function reviewSignal(signal: string | undefined): Remark | undefined {
  if (signal === undefined || !/^\d+$/.test(signal) || Number(signal) <= LAST_SIGNAL) return undefined;
  return { message: `there is no signal ${signal}: it is never sent`, remedy: 'signal(7) lists the signals' };
}

function reviewStatuses({ normalExit }: JobClass): Remark | undefined {
  const impossible = normalExit.filter((one) => typeof one === 'number' && one > LAST_STATUS);
  if (impossible.length === 0) return undefined;
  return {
    message: `no process exits with ${impossible.join(' or ')}: it has no effect`,
    remedy: `the largest exit status is ${LAST_STATUS}; a signal is written by its name`,
  };
}

/** Warns about times that never come, as 30 February. */
function reviewSchedule({ schedule }: JobClass): Remark | undefined {
  if (schedule === undefined || timesOf(schedule).next(new Date()) !== undefined) return undefined;
  return {
    message: `\`${schedule}\` never comes: the job never starts by itself`,
    remedy: 'the fields are minute, hour, day of the month, month and day of the week',
  };
}

/** Warns about `~` in a path: no shell expands it. */
function reviewHome(path: string | undefined): Remark | undefined {
  if (path?.startsWith('~') !== true) return undefined;
  return {
    message: `\`~\` is not replaced: ${path} is a path below the working directory`,
    remedy: 'write the path of the home directory',
  };
}
