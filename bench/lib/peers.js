/**
 * The supervisors that are compared. Each says how it is started with some services, and how it is asked for all of them.
 *
 *      needs       programs that have to be installed
 *      services    (place) -> { command, list?, environment? }; writes its files below place.directory
 *      command     (words) -> the command line of an init of one command
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOSTER = fileURLToPath(new URL('../../bin/foster', import.meta.url));

/** The measure of all others. */
export const LOOP = 'C loop';

function foster(place) {
  const { directory, jobs } = place;
  const at = (name) => join(directory, name);
  mkdirSync(at('conf'));
  for (const { name, words } of jobs)
    writeFileSync(
      at(`conf/${name}.conf`),
      `start on startup\nrespawn\nrespawn limit unlimited\nconsole none\nexec ${words.join(' ')}\n`,
    );
  const directories = ['--confdir', at('conf'), '--logdir', at('log'), '--rundir', at('run')];
  return {
    command: [FOSTER, 'init', ...directories],
    list: [FOSTER, 'list', '--socket', at('run/foster.sock')],
  };
}

/** A directory with a script `run` for each service, as runit and s6 have it. */
function serviceDirectories({ directory, jobs }) {
  const services = join(directory, 'services');
  for (const { name, words } of jobs) {
    mkdirSync(join(services, name), { recursive: true });
    writeFileSync(join(services, name, 'run'), `#!/bin/sh\nexec ${words.join(' ')}\n`, { mode: 0o755 });
  }
  return services;
}

function runit(place) {
  const services = serviceDirectories(place);
  return {
    command: ['runsvdir', services],
    list: ['sv', 'status', ...place.jobs.map(({ name }) => join(services, name))],
    // TERM ends runsvdir alone
    stopSignal: 'SIGHUP',
  };
}

function s6(place) {
  const services = serviceDirectories(place);
  // there is no command for all of them
  const each = 'for service; do s6-svstat "$service"; done';
  const paths = place.jobs.map(({ name }) => join(services, name));
  return { command: ['s6-svscan', services], list: ['sh', '-c', each, 'sh', ...paths] };
}

function supervisord({ directory, jobs }) {
  const [file, socket] = ['supervisord.conf', 'socket'].map((name) => join(directory, name));
  const programs = jobs.map(
    ({ name, words }) =>
      `[program:${name}]\ncommand=${words.join(' ')}\nautorestart=true\nstartsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n`,
  );
  const own = `nodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${directory}/pid\n`;
  const rpc =
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n';
  writeFileSync(
    file,
    `[supervisord]\n${own}[unix_http_server]\nfile=${socket}\n${rpc}[supervisorctl]\nserverurl=unix://${socket}\n${programs.join('')}`,
  );
  return {
    command: ['supervisord', '--configuration', file],
    list: ['supervisorctl', '--configuration', file, 'status'],
  };
}

function dinit({ directory, jobs }) {
  const services = join(directory, 'services');
  mkdirSync(services);
  for (const { name, words } of jobs)
    writeFileSync(
      join(services, name),
      `type = process\ncommand = ${words.join(' ')}\nrestart = true\nsmooth-recovery = true\nrestart-limit-count = 0\n`,
    );
  const all = jobs.map(({ name }) => `depends-ms = ${name}\n`);
  writeFileSync(join(services, 'boot'), `type = internal\n${all.join('')}`);
  const socket = join(directory, 'socket');
  return {
    command: ['dinit', '--container', '--services-dir', services, '--socket-path', socket],
    list: ['dinitctl', '--socket-path', socket, 'list'],
  };
}

function pm2({ directory, jobs }) {
  const file = join(directory, 'ecosystem.config.cjs');
  const apps = jobs.map(({ name, words: [script, ...args] }) => ({
    ...{ name, script, args, interpreter: 'none', exec_mode: 'fork' },
    ...{ out_file: '/dev/null', error_file: '/dev/null' },
  }));
  writeFileSync(file, `module.exports = ${JSON.stringify({ apps })};\n`);
  return {
    command: ['pm2-runtime', 'start', file],
    list: ['pm2', 'list'],
    environment: { PM2_HOME: join(directory, 'pm2') },
  };
}

export const PEERS = [
  {
    name: LOOP,
    needs: [],
    services: ({ programs, record, jobs }) => ({
      command: [programs.loop, programs.job, record, String(jobs.length)],
    }),
  },
  { name: 'foster', needs: [], services: foster, command: fosterCommand },
  { name: 'runit', needs: ['runsvdir', 'sv'], services: runit },
  { name: 's6', needs: ['s6-svscan', 's6-svstat'], services: s6 },
  { name: 'supervisord', needs: ['supervisord', 'supervisorctl'], services: supervisord },
  { name: 'dinit', needs: ['dinit', 'dinitctl'], services: dinit },
  { name: 'pm2', needs: ['pm2', 'pm2-runtime'], services: pm2 },
  { name: 'tini', needs: ['tini'], command: (words) => ['tini', '--', ...words] },
  { name: 'dumb-init', needs: ['dumb-init'], command: (words) => ['dumb-init', '--', ...words] },
];

function fosterCommand(words, directory) {
  const directories = ['conf', 'log', 'run'].flatMap((name) => [`--${name}dir`, join(directory, name)]);
  return [FOSTER, 'init', ...directories, '--', ...words];
}

/** The peers that can run here, and the names of the others with what they lack. */
export function installedPeers(names) {
  const chosen = PEERS.filter(({ name }) => names === undefined || name === LOOP || names.includes(name));
  const lacking = (peer) => peer.needs.filter((program) => !isInstalled(program));
  return {
    peers: chosen.filter((peer) => lacking(peer).length === 0),
    missing: chosen.filter((peer) => lacking(peer).length > 0).map((peer) => peer.name),
  };
}

function isInstalled(program) {
  try {
    execFileSync('sh', ['-c', 'command -v -- "$1"', 'sh', program], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error.status === undefined) throw error;
    return false;
  }
}
