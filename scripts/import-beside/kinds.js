/**
 * Ten services of each kind, how the original runs them, and by which commands it reloads and stops one. `probe` is the program that
 * all of them run; `out(name)` is where it writes.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const script = (place, name, mode, ...args) => [place.probe, place.out(name), mode, ...args];
const quoted = (words) =>
  words.map((word) => (/^[\w./-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`)).join(' ');

/** What runs, in which way; `restarts` after KILL, `started` by itself. */
export const SERVICES = ['plain', 'words', 'env', 'dir', 'user', 'stop', 'once', 'clean', 'fail', 'off'];

function write(path, text, mode) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (mode !== undefined) chmodSync(path, mode);
  return path;
}

const supervisord = {
  programs: ['supervisord', 'supervisorctl'],
  prepare(place) {
    const program = (name, mode, args, options) =>
      `[program:${name}]\ncommand=${quoted(script(place, name, mode, ...args))}\nstdout_logfile=NONE\nstderr_logfile=NONE\n${options}\n`;
    const text = [
      `[unix_http_server]\nfile=${place.directory}/s.sock\n[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${place.directory}/s.pid\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n[supervisorctl]\nserverurl=unix://${place.directory}/s.sock\n`,
      program('plain', 'stay', [], ''),
      program('words', 'stay', ['a b', '$HOME', '&&', 'x;y'], ''),
      program('env', 'stay', [], 'environment=X="1, 2",Y=\'a "b"\''),
      program('dir', 'stay', [], 'directory=/usr\numask=027'),
      program('user', 'stay', [], 'user=nobody'),
      program('stop', 'stay', [], 'stopsignal=INT'),
      program('once', 'once-0', [], 'autorestart=true'),
      program('clean', 'once-0', [], 'exitcodes=0,3'),
      program('fail', 'once-3', [], ''),
      program('off', 'stay', [], 'autostart=false'),
    ].join('\n');
    return [write(join(place.directory, 'supervisord.conf'), text)];
  },
  start: (place) => ['supervisord', '-n', '-c', join(place.directory, 'supervisord.conf')],
  command: (place, verb, name) => [
    'supervisorctl',
    '-c',
    join(place.directory, 'supervisord.conf'),
    ...(verb === 'reload' ? ['signal', 'HUP'] : [verb]),
    name,
  ],
};

const runit = {
  programs: ['runsvdir', 'sv', 'chpst'],
  prepare(place) {
    const service = (name, mode, args, before = '', how = 'exec') => {
      const line = script(place, name, mode, ...args).map((word) => `'${word}'`);
      write(
        join(place.directory, 'sv', name, 'run'),
        `#!/bin/sh\nexec 2>&1\n${before}\n${how} ${line.join(' ')}\n`,
        0o755,
      );
    };
    service('plain', 'stay', []);
    service('words', 'stay', ['a b', '$HOME', '&&']);
    service('env', 'stay', [], 'export X="1 2" Y=3');
    service('dir', 'stay', [], 'cd /usr\numask 027');
    service('user', 'stay', [], '', 'exec chpst -u nobody');
    service('stop', 'stay', [], 'ulimit -n 100');
    service('once', 'once-0', []);
    service('clean', 'once-1', []);
    write(
      join(place.directory, 'sv/clean/finish'),
      `#!/bin/sh\necho "finish $1 $2" >>${place.out('clean')}\n`,
      0o755,
    );
    service('fail', 'once-3', []);
    service('off', 'stay', []);
    write(join(place.directory, 'sv/off/down'), '');
    return [join(place.directory, 'sv')];
  },
  start: (place) => ['runsvdir', '-P', join(place.directory, 'sv')],
  command: (place, verb, name) => [
    'sv',
    { reload: 'hup', stop: 'down', start: 'up' }[verb],
    join(place.directory, 'sv', name),
  ],
};

const s6 = {
  programs: ['s6-svscan', 's6-svc', 's6-setuidgid'],
  prepare(place) {
    runit.prepare(place);
    const line = script(place, 'user', 'stay').join(' ');
    write(join(place.directory, 'sv/user/run'), `#!/bin/sh\nexec s6-setuidgid nobody ${line}\n`, 0o755);
    write(join(place.directory, 'sv/stop/down-signal'), 'SIGINT\n');
    write(join(place.directory, 'sv/plain/notification-fd'), '3\n');
    return [join(place.directory, 'sv')];
  },
  start: (place) => ['s6-svscan', join(place.directory, 'sv')],
  command: (place, verb, name) => [
    's6-svc',
    { reload: '-h', stop: '-d', start: '-u' }[verb],
    join(place.directory, 'sv', name),
  ],
};

const pm2 = {
  programs: ['pm2'],
  prepare(place) {
    const app = (name, mode, args, options = {}) => {
      const [program, ...words] = script(place, name, mode, ...args);
      return { name, script: program, interpreter: 'none', args: words, ...options };
    };
    const apps = [
      app('plain', 'stay', []),
      app('words', 'stay', ['a b', '$HOME']),
      app('env', 'stay', [], { env: { X: '1 2', Y: 'a "b"' } }),
      app('dir', 'stay', [], { cwd: '/usr' }),
      app('user', 'stay', [], { instances: 1, exec_mode: 'fork' }),
      app('stop', 'stay', [], { kill_timeout: 3000 }),
      app('once', 'once-0', []),
      app('clean', 'once-3', [], { stop_exit_codes: [3] }),
      app('fail', 'once-3', [], { restart_delay: 500 }),
      app('off', 'once-0', [], { autorestart: false }),
    ];
    return [write(join(place.directory, 'ecosystem.json'), JSON.stringify({ apps }))];
  },
  environment: (place) => ({ PM2_HOME: join(place.directory, 'pm2') }),
  start: (place) => ['pm2', 'start', join(place.directory, 'ecosystem.json')],
  command: (place, verb, name) => ['pm2', ...(verb === 'reload' ? ['sendSignal', 'SIGHUP'] : [verb]), name],
};

/**
 * A Procfile has no supervisor of its own that restarts anything: `foreman start` ends all processes when one ends. In operation, foreman
 * makes services of it (`foreman export`), which runit runs. Its services have no shell, unlike `foreman start`: so lines that need one
 * call it.
 */
const procfile = {
  programs: ['foreman', 'runsvdir', 'sv', 'chpst'],
  prepare(place) {
    const line = (name, mode, ...args) => script(place, name, mode, ...args).join(' ');
    const processes = [
      `plain: ${line('plain', 'stay')}`,
      `words: ${line('words', 'stay', '"a b"', "'$HOME'", "'&&'")}`,
      `env: sh -c 'X="1 2" Y=$PORT exec ${line('env', 'stay')}'`,
      `dir: sh -c 'cd /usr && umask 027 && exec ${line('dir', 'stay')}'`,
      `user: sh -c 'exec chpst -u nobody ${line('user', 'stay', '$PORT')}'`,
      `stop: sh -c 'ulimit -n 100 && exec ${line('stop', 'stay')}'`,
      `once: ${line('once', 'once-0')}`,
      `clean: ${line('clean', 'once-1')}`,
      `fail: ${line('fail', 'once-3')}`,
      `off: ${line('off', 'stay')}`,
    ];
    return [write(join(place.directory, 'Procfile'), `${processes.join('\n')}\n`)];
  },
  start: (place) => {
    const sv = join(place.directory, 'sv');
    execFileSync('foreman', ['export', 'runit', sv, '--app', 'app', '--user', 'root', '--log', '/tmp'], {
      cwd: place.directory,
    });
    // their loggers would write into the directory of foreman's own choice
    for (const name of readdirSync(sv)) rmSync(join(sv, name, 'log'), { recursive: true });
    return ['runsvdir', '-P', sv];
  },
  command: (place, verb, name) => [
    'sv',
    { reload: 'hup', stop: 'down', start: 'up' }[verb],
    join(place.directory, 'sv', `app-${name}-1`),
  ],
};

export const KINDS = { supervisord, runit, s6, pm2, procfile };
