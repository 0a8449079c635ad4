/**
 * Words of other supervisors, and foster's equivalents, for people who know another program: systemd,
 * supervisord, Docker Compose, process-compose, Pebble, runit, s6, launchd, pm2 and Procfiles.
 */

/**
 * The equivalent of each word. Words are in lower case, without `-` and `_`, in which many of these programs
 * differ.
 */
export const MEANINGS: readonly (readonly [meaning: string, words: string])[] = [
  ['`setuid = USER`', 'user uid userid username'],
  ['`setgid = GROUP`', 'group gid groupid groupname'],
  ['`chdir = DIRECTORY`', 'directory workingdirectory workingdir cwd'],
  ['`chroot = DIRECTORY`', 'rootdirectory'],
  ['`env = NAME=VALUE`, or a section `[env]`', 'environment envs environmentvariables'],
  ['`env file = PATH`', 'environmentfile envfile'],
  ['`env inherit = true`, or `env = NAME` for one', 'passenvironment'],
  ['`exec = COMMAND`', 'command cmd program execstart entrypoint programarguments run'],
  ['`exec = COMMAND`, or `start on = startup`', 'start'],
  ['`exec = COMMAND`, with all of its arguments', 'args interpreter nodeargs interpreterargs'],
  ['`pre-start exec = COMMAND`', 'execstartpre prestart'],
  ['`post-start exec = COMMAND`', 'execstartpost poststart'],
  ['`pre-stop exec = COMMAND`', 'execstop prestop'],
  ['`post-stop exec = COMMAND`', 'execstoppost poststop finish'],
  ['`reload signal = SIGNAL`', 'execreload'],
  ['`start on = startup`', 'autostart wantedby enabled runatload startup'],
  ['`manual`', 'down disabled'],
  ['`respawn = true`', 'autorestart restart restartpolicy keepalive availability onfailurerestart onexit'],
  ['`respawn delay = SECONDS`', 'restartsec restartdelay backoffdelay backoffseconds throttleinterval'],
  ['`respawn delay = FIRST CAP`', 'expbackoffrestartdelay backofflimit backofffactor'],
  [
    '`respawn limit = COUNT SECONDS`',
    'startretries startlimitburst startlimitinterval startlimitintervalsec maxrestarts minuptime',
  ],
  ['`ready = auto`, or another way to say when the job is up', 'startsecs'],
  ['`ready = port N`, `ready = notify` and the like', 'readinessprobe waitready waitfor'],
  ['`ready fd = N`', 'notificationfd'],
  ['`health exec = COMMAND`, `health http = URL` or `health tcp = PORT`', 'healthcheck livenessprobe checks'],
  ['`health action = restart`', 'oncheckfailure'],
  ['`normal exit = STATUS...`', 'exitcodes successexitstatus stopexitcodes'],
  ['`kill signal = SIGNAL`', 'stopsignal killsignal'],
  [
    '`kill timeout = SECONDS`',
    'stopwaitsecs stopgraceperiod timeoutstopsec timeoutstop killtimeout killdelay exittimeout shutdown timeoutkill',
  ],
  ['`start timeout = SECONDS`', 'timeoutstartsec timeoutstart listentimeout timeoutup'],
  ['`start timeout = SECONDS` and `kill timeout = SECONDS`', 'timeoutsec'],
  ['`kill mode = session`', 'killmode stopasgroup killasgroup treekill'],
  ['`runtime dir = NAME`', 'runtimedirectory'],
  ['`runtime dir = NAME MODE`', 'runtimedirectorymode'],
  ['`instances = COUNT`', 'numprocs replicas scale concurrency execmode'],
  ['`instances = COUNT FIRST`', 'numprocsstart'],
  ['`INSTANCE` in the environment of each of the `instances`', 'instancevar processnum incrementvar'],
  ['the name of the file, which is the name of the job', 'processname name label containername'],
  ['a directory of the job file: `NAMESPACE/NAME.ini`', 'namespace'],
  ['`after = JOB`', 'priority wants'],
  ['`after = JOB` in the other job', 'before'],
  ['`requires = JOB`', 'dependson bindsto partof requisite dependencies'],
  ['`start on = stopped JOB RESULT=failed` in another job', 'onfailure'],
  ['`essential = true`', 'exitonfailure onsuccess'],
  ['`console = log`', 'standardoutput standarderror'],
  ['`console = log`, which has both', 'redirectstderr combinelogs mergelogs'],
  [
    '`log file = PATH`',
    'stdoutlogfile stderrlogfile logfile stdoutpath standardoutpath standarderrorpath outfile errorfile loglocation logpath',
  ],
  ['`log size = SIZE`', 'stdoutlogfilemaxbytes stderrlogfilemaxbytes'],
  ['`log count = COUNT`', 'stdoutlogfilebackups stderrlogfilebackups'],
  ['`console = pty`', 'tty istty'],
  ['`oom score = SCORE`', 'oomscoreadjust'],
  ['`cgroup memory = memory.max SIZE`', 'memorymax memlimit maxmemoryrestart memorylimit'],
  ['`cgroup cpu = cpu.max ...`', 'cpuquota cpus'],
  ['`cgroup pids = pids.max COUNT`', 'tasksmax pidslimit'],
  ['`schedule =` and five fields of crontab(5)', 'oncalendar cronrestart cron startcalendarinterval'],
  ['`start on = socket PROTO=inet PORT=N`', 'listenstream sockets'],
  ['`watchdog = SECONDS`', 'watchdogsec'],
  ['`description = TEXT`', 'documentation summary'],
];

/** Words without equivalent, and why. */
const NEEDLESS: readonly (readonly [why: string, words: string])[] = [
  [
    'foster finds out by itself which process is the daemon: leave it out (`task = true` is for a command that ends)',
    'type isdaemon',
  ],
  ['foster needs no PID file: leave it out (`pid file = PATH`, if there has to be one)', 'pidfile'],
  ['foster puts the names of jobs into their logs by itself: leave it out', 'syslogidentifier'],
  ['foster restarts no program when its files change', 'watch ignorewatch'],
  [
    'foster runs processes, not containers: leave it out',
    'image build ports volumes networks expose hostname labels extrahosts',
  ],
  [
    'foster has no sandbox of its own: bubblewrap or setpriv before the command can do it (`foster import` says how)',
    'privatetmp protectsystem protecthome nonewprivileges capabilityboundingset ambientcapabilities readwritepaths readonlypaths privatedevices restrictaddressfamilies systemcallfilter protectkerneltunables dynamicuser capdrop capadd readonly securityopt',
  ],
];

const ANSWERS: ReadonlyMap<string, string> = new Map([
  ...answersOf(MEANINGS, (meaning) => `here this is ${meaning}`),
  ...answersOf(NEEDLESS, (why) => why),
]);

function answersOf(
  rows: readonly (readonly [text: string, words: string])[],
  say: (text: string) => string,
): readonly (readonly [string, string])[] {
  return rows.flatMap(([text, words]) => words.split(' ').map((word) => [word, say(text)] as const));
}

/** Sections of unit files and of supervisord; their contents belong to the top of a file. */
const SECTIONS = {
  'a unit of systemd': /^(?:unit|service|install|timer|socket)$/i,
  'a configuration of supervisord':
    /^(?:supervisord|supervisorctl|unix_http_server|(?:program|fcgi-program|group|eventlistener):.*)$/i,
} as const;

/** systemd's LimitNOFILE and the like, one for each limit. */
const LIMIT =
  /^limit(as|core|cpu|data|fsize|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|sigpending|stack)$/;

/**
 * Returns what to write instead of another supervisor's word, as a sentence: "here this is `setuid = USER`".
 * Undefined for any other word.
 */
export function peerHint(word: string): string | undefined {
  const key = word.toLowerCase().replace(/[-_]/g, '');
  const limit = LIMIT.exec(key)?.[1];
  return limit === undefined ? ANSWERS.get(key) : `here this is \`limit ${limit} = SOFT HARD\``;
}

/** Returns the same for a `.conf` file, which has no `=` after a stanza. */
export function peerHintForConf(word: string): string | undefined {
  return peerHint(word)
    ?.replace(', or a section `[env]`', '')
    .replace(/`[^`]*`/g, (code) => code.replace(/ =(?= |`)/g, '').replace(/ true`$/, '`'));
}

/**
 * Returns what to do with a file of another supervisor that has this section; undefined for any other
 * section.
 */
export function peerSection(name: string): string | undefined {
  const [what] = Object.entries(SECTIONS).find(([, sections]) => sections.test(name)) ?? [];
  return what === undefined
    ? undefined
    : `its lines become stanzas, without a section (\`foster import FILE\` makes a job file of ${what})`;
}
