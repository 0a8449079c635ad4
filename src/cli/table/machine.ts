/** Commands on foster itself and on the machine. */
import type { CommandGroup, CommandSpec } from '../command-spec.js';
import { MANAGERS } from '../install/service.js';
import { SOURCE_CHOICES } from '../../tracker/sources/source.js';

/** Returns the spec of a command that sends the supervisor a request and prints nothing. */
function notice(name: string, summary: string): CommandSpec {
  return {
    name,
    summary,
    operands: '',
    options: {},
    load: async () => (await import('../commands/notice.js')).notice(name),
  };
}

export const MACHINE: CommandGroup = {
  title: 'foster and the machine',
  commands: [
    {
      name: 'init',
      summary: 'run as init or supervisor; COMMAND after -- runs as the essential job',
      elsewhere: ['up', 'daemon', 'boot'],
      operands: '[command...]',
      runsProgram: true,
      options: {
        confdir: {
          value: 'DIR',
          many: true,
          help: 'directory of job files (repeatable; the first one wins)',
        },
        logdir: { value: 'DIR', help: 'directory for log files' },
        statedir: {
          value: 'DIR',
          help: 'directory for state that survives a reboot (default: /var/lib/foster)',
        },
        'log-index': { value: 'DIR', help: 'directory for the time index of logs (docs/logs.md)' },
        rundir: { value: 'DIR', help: 'directory for the control socket and saved state' },
        'startup-event': { value: 'NAME', help: 'event to emit at startup (default: startup)' },
        'no-startup-event': { help: 'emit no event at startup' },
        'no-hand-off': { help: 'exit when COMMAND exits, even if it leaves a daemon behind' },
        user: { help: "run an ordinary user's jobs (~/.config/foster)" },
        machine: { help: 'run as the init of a machine: signals power off or reboot it' },
        tracker: {
          value: 'SOURCE',
          choices: SOURCE_CHOICES,
          help: 'source of process events (default: auto, the first that works)',
        },
        'stop-budget': { value: 'SECONDS', help: 'longest time for a shutdown (default: 8)' },
        rules: {
          value: 'FILE',
          many: true,
          help: 'run `foster rules` with this file, as the job foster-rules (repeatable)',
        },
        'inherit-env': { help: "pass foster's own environment on to jobs" },
        'default-console': {
          value: 'CONSOLE',
          choices: ['log', 'none', 'output', 'owner', 'pty'],
          help: 'console for jobs without a console stanza (default: log)',
        },
        'no-log': { help: 'same as --default-console none' },
        'log-format': {
          value: 'FORMAT',
          choices: ['text', 'json'],
          help: "format of foster's own log (default: text)",
        },
        'log-priority': { value: 'PRIORITY', help: 'lowest priority to log (default: message)' },
      },
      load: async () => (await import('../commands/init.js')).init,
    },
    {
      name: 'shutdown',
      summary: 'stop all jobs and exit foster',
      elsewhere: ['down', 'quit', 'exit', 'poweroff'],
      operands: '',
      options: { 'no-wait': { help: 'return as soon as foster has accepted the command' } },
      load: async () => (await import('../commands/shutdown.js')).shutdown,
    },
    notice('reexec', 'replace the running foster by the installed program; jobs keep running'),
    {
      name: 'install',
      summary: 'write a service for systemd, OpenRC or sysvinit that starts foster',
      elsewhere: ['startup'],
      operands: '',
      options: {
        user: { help: "a service of the user's own, for systemd's user manager" },
        manager: {
          value: 'NAME',
          help: 'service manager (default: the one of this machine)',
          choices: MANAGERS,
        },
        root: { value: 'DIR', help: 'root directory of an image that is being built' },
        remove: { help: 'remove the service; keep job files and logs' },
        'dry-run': { help: 'only show what would be done' },
      },
      load: async () => (await import('../install/install.js')).install,
    },
    {
      name: 'version',
      summary: 'show the versions of the running foster and of this program',
      operands: '',
      options: { client: { help: 'only the version of this program' } },
      load: async () => (await import('../commands/version.js')).version,
    },
    {
      name: 'doctor',
      summary: 'show what this kernel and container allow, and how to enable the rest',
      elsewhere: ['diagnose'],
      operands: '',
      options: {},
      load: async () => (await import('../commands/doctor.js')).doctor,
    },
    {
      name: 'runlevel',
      summary: 'show the runlevel, or change it as telinit does',
      operands: '[level]',
      options: {},
      load: async () => (await import('../commands/runlevel.js')).runlevel,
    },
    {
      name: 'rules',
      summary: 'put processes of the whole machine into cgroups by cgrules.conf(5); or explain PID',
      operands: '[words...]',
      options: {
        config: {
          value: 'FILE',
          many: true,
          help: 'file or directory of rules (repeatable; default: /etc/cgrules.conf, /etc/cgrules.d)',
        },
        templates: {
          value: 'FILE',
          many: true,
          help: 'file or directory of templates (repeatable; default: /etc/cgconfig.conf, /etc/cgconfig.d)',
        },
        'dry-run': { help: 'only print what would be done' },
        once: { help: 'classify the existing processes and exit' },
        verbose: { help: 'print each move and each new group' },
        'sticky-socket': {
          value: 'PATH',
          help: 'socket for cgexec --sticky (default: /var/run/cgred.socket), or none',
        },
      },
      load: async () => (await import('../commands/rules.js')).rules,
    },
  ],
};
