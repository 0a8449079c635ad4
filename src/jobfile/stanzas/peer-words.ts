/** Words of other supervisors, and what they are called here: for whoever writes by heart what another program taught. */

/** Lower case, without `-` and `_`: systemd, supervisord, Docker Compose, runit, s6, launchd and pm2 differ in these alone. */
const WORDS: Readonly<Record<string, string>> = {
  user: 'setuid = USER',
  group: 'setgid = GROUP',
  uid: 'setuid = USER',
  gid: 'setgid = GROUP',
  directory: 'chdir = DIRECTORY',
  workingdirectory: 'chdir = DIRECTORY',
  workingdir: 'chdir = DIRECTORY',
  cwd: 'chdir = DIRECTORY',
  rootdirectory: 'chroot = DIRECTORY',
  environment: 'env = NAME=VALUE, or a section [env]',
  environmentfile: 'env file = PATH',
  envfile: 'env file = PATH',
  command: 'exec = COMMAND',
  cmd: 'exec = COMMAND',
  program: 'exec = COMMAND',
  execstart: 'exec = COMMAND',
  start: 'exec = COMMAND, or start on = startup',
  entrypoint: 'exec = COMMAND',
  execstartpre: 'pre-start exec = COMMAND',
  execstartpost: 'post-start exec = COMMAND',
  execstop: 'pre-stop exec = COMMAND',
  execstoppost: 'post-stop exec = COMMAND',
  execreload: 'reload signal = SIGNAL',
  autostart: 'start on = startup',
  wantedby: 'start on = startup',
  enabled: 'start on = startup',
  autorestart: 'respawn = true',
  restart: 'respawn = true',
  restartpolicy: 'respawn = true',
  keepalive: 'respawn = true',
  restartsec: 'respawn delay = SECONDS',
  startretries: 'respawn limit = COUNT SECONDS',
  startlimitburst: 'respawn limit = COUNT SECONDS',
  startlimitinterval: 'respawn limit = COUNT SECONDS',
  startlimitintervalsec: 'respawn limit = COUNT SECONDS',
  startsecs: 'ready = auto, or another way to say when the job is up',
  exitcodes: 'normal exit = STATUS...',
  successexitstatus: 'normal exit = STATUS...',
  stopsignal: 'kill signal = SIGNAL',
  killsignal: 'kill signal = SIGNAL',
  stopwaitsecs: 'kill timeout = SECONDS',
  stopgraceperiod: 'kill timeout = SECONDS',
  timeoutstopsec: 'kill timeout = SECONDS',
  timeoutstartsec: 'start timeout = SECONDS',
  timeoutsec: 'start timeout = SECONDS and kill timeout = SECONDS',
  killmode: 'kill mode = session',
  runtimedirectory: 'runtime dir = NAME',
  runtimedirectorymode: 'runtime dir = NAME MODE',
  numprocs: 'instances = COUNT',
  numprocsstart: 'instances = COUNT FIRST',
  replicas: 'instances = COUNT',
  scale: 'instances = COUNT',
  concurrency: 'instances = COUNT',
  execmode: 'instances = COUNT',
  processname: 'the name of the file, which is the name of the job',
  priority: 'after = JOB',
  dependson: 'requires = JOB',
  wants: 'after = JOB',
  before: 'after = JOB in the other job',
  bindsto: 'requires = JOB',
  partof: 'requires = JOB',
  type: 'nothing: foster finds out by itself which process is the daemon (`task = true` for one that ends)',
  pidfile: 'nothing: foster needs no PID file (`pid file = PATH`, if there has to be one)',
  stdoutlogfile: 'log file = PATH',
  stderrlogfile: 'log file = PATH',
  standardoutput: 'console = log',
  standarderror: 'console = log',
  redirectstderr: 'console = log, which has both',
  logfile: 'log file = PATH',
  stdoutlogfilemaxbytes: 'log size = SIZE',
  stdoutlogfilebackups: 'log count = COUNT',
  limitnofile: 'limit nofile = SOFT HARD',
  limitcore: 'limit core = SOFT HARD',
  limitnproc: 'limit nproc = SOFT HARD',
  oomscoreadjust: 'oom score = SCORE',
  memorymax: 'cgroup memory = memory.max SIZE',
  memlimit: 'cgroup memory = memory.max SIZE',
  cpuquota: 'cgroup cpu = cpu.max ...',
  tasksmax: 'cgroup pids = pids.max COUNT',
  oncalendar: 'schedule = five fields of crontab(5)',
  cronrestart: 'schedule = five fields of crontab(5)',
  watchdogsec: 'watchdog = SECONDS',
  documentation: 'description = TEXT',
};

/** Sections of unit files and of supervisord; what stands in them goes to the top of a file. */
const SECTIONS = {
  'a unit of systemd': /^(?:unit|service|install|timer|socket)$/i,
  'a configuration of supervisord': /^(?:supervisord|(?:program|group|eventlistener):.*)$/i,
} as const;

/** Returns what somebody means by a word of another supervisor; undefined for any other word. */
export function peerWord(word: string): string | undefined {
  const key = word.toLowerCase().replace(/[-_]/g, '');
  return Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
}

/** Returns what to do with a file of another supervisor that has this section; undefined for any other section. */
export function peerSection(name: string): string | undefined {
  const [what] = Object.entries(SECTIONS).find(([, sections]) => sections.test(name)) ?? [];
  return what === undefined
    ? undefined
    : `its lines become stanzas, without a section (\`foster import FILE\` makes a job file of ${what})`;
}
