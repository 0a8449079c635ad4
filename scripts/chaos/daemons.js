/** Real daemons for the chaos run, as far as they are installed: how each is started on ports and files of its own. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Program, and what its job file says; `file` writes a configuration and returns its path. */
const DAEMONS = [
  ['/usr/sbin/cron', () => 'exec /usr/sbin/cron\n'],
  [
    '/usr/bin/redis-server',
    (home) => `exec /usr/bin/redis-server --daemonize yes --port 7001 --dir ${home}\n`,
  ],
  ['/usr/bin/memcached', () => 'exec /usr/bin/memcached -d -u nobody -p 7002 -l 127.0.0.1\n'],
  [
    '/usr/sbin/nginx',
    (home, file) =>
      `exec /usr/sbin/nginx -p ${home} -c ${file('nginx.conf', `worker_processes 2;\nerror_log ${home}/nginx.log;\npid ${home}/nginx.pid;\nevents {}\nhttp { access_log off; server { listen 127.0.0.1:7003; } }\n`)}\n`,
  ],
  ['/usr/sbin/sshd', (home, file) => `exec /usr/sbin/sshd -f ${sshdConfig(home, file)}\n`],
  [
    '/usr/sbin/haproxy',
    (_, file) =>
      `exec /usr/sbin/haproxy -D -f ${file('haproxy.conf', 'defaults\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\nfrontend chaos\n  mode http\n  bind 127.0.0.1:7005\n')}\n`,
  ],
  ['/usr/sbin/atd', () => 'exec /usr/sbin/atd\n'],
  [
    '/usr/sbin/rsyslogd',
    (home, file) =>
      `exec /usr/sbin/rsyslogd -f ${file('rsyslog.conf', `*.* ${home}/messages\n`)} -i ${home}/rsyslogd.pid\n`,
  ],
  [
    '/usr/sbin/dnsmasq',
    (home) =>
      `exec /usr/sbin/dnsmasq --conf-file=/dev/null --port=7008 --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts --user=root --pid-file=${home}/dnsmasq.pid\n`,
  ],
  [
    '/usr/sbin/lighttpd',
    (home, file) =>
      `exec /usr/sbin/lighttpd -f ${file('lighttpd.conf', `server.document-root = "${home}"\nserver.port = 7009\nserver.bind = "127.0.0.1"\n`)}\n`,
  ],
  [
    '/usr/sbin/apache2',
    (home, file) =>
      `exec /usr/sbin/apache2 -f ${file('apache.conf', `ServerRoot ${home}\nServerName chaos\nPidFile ${home}/apache.pid\nErrorLog ${home}/apache.log\nListen 127.0.0.1:7010\nLoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nStartServers 1\n`)} -k start\n`,
  ],
  [
    '/usr/sbin/unbound',
    (home, file) =>
      `exec /usr/sbin/unbound -c ${file('unbound.conf', `server:\n  port: 7011\n  interface: 127.0.0.1\n  chroot: ""\n  username: ""\n  directory: "${home}"\n  pidfile: "${home}/unbound.pid"\n  use-syslog: no\nremote-control:\n  control-enable: no\n`)}\n`,
  ],
  [
    '/usr/sbin/proftpd',
    (home, file) =>
      `exec /usr/sbin/proftpd -c ${file('proftpd.conf', `ServerName chaos\nServerType standalone\nPort 7012\nDefaultAddress 127.0.0.1\nUser nobody\nGroup nogroup\nPidFile ${home}/proftpd.pid\nScoreboardFile none\nDelayEngine off\nWtmpLog off\nSystemLog ${home}/proftpd.log\nTransferLog none\n`)}\n`,
  ],
  [
    '/usr/sbin/inetd',
    (_, file) =>
      `exec /usr/sbin/inetd ${file('inetd.conf', '127.0.0.1:7013 stream tcp nowait root internal discard\n')}\n`,
  ],
  [
    '/usr/sbin/php-fpm8.2',
    (home, file) =>
      `exec /usr/sbin/php-fpm8.2 -D -R -y ${file('fpm.conf', `[global]\npid = ${home}/fpm.pid\nerror_log = ${home}/fpm.log\n[chaos]\nuser = nobody\ngroup = nogroup\nlisten = 127.0.0.1:7014\npm = static\npm.max_children = 2\n`)}\n`,
  ],
  [
    '/usr/sbin/mini_httpd',
    (home) => `exec /usr/sbin/mini_httpd -h 127.0.0.1 -p 7015 -d ${home} -i ${home}/mini.pid\n`,
  ],
  [
    '/usr/sbin/nghttpx',
    (home) =>
      `exec /usr/sbin/nghttpx --daemon --conf=/dev/null '-f127.0.0.1,7016;no-tls' -b127.0.0.1,7003 --pid-file=${home}/nghttpx.pid --workers=1\n`,
  ],
  ['/usr/sbin/uuidd', (home) => `exec /usr/sbin/uuidd -s ${home}/uuidd.sock -p ${home}/uuidd.pid\n`],
  [
    '/usr/sbin/ser2net',
    (home, file) =>
      `exec /usr/sbin/ser2net -c ${file('ser2net.yaml', '%YAML 1.1\n---\n')} -P ${home}/ser2net.pid\n`,
  ],
  [
    '/usr/sbin/ngircd',
    (_, file) =>
      `exec /usr/sbin/ngircd -f ${file('ngircd.conf', '[Global]\nName = irc.chaos.test\nInfo = chaos\nListen = 127.0.0.1\nPorts = 7017\nServerUID = nobody\nServerGID = nogroup\n[Options]\nDNS = no\nIdent = no\nPAM = no\n')}\n`,
  ],
  [
    '/usr/sbin/slapd',
    (home, file) =>
      `exec /usr/sbin/slapd -h ldap://127.0.0.1:7018/ -f ${file('slapd.conf', `pidfile ${home}/slapd.pid\ndatabase config\nrootpw secret\n`)}\n`,
  ],
  [
    '/usr/sbin/acpid',
    (home) => `exec /usr/sbin/acpid -c ${home} -s ${home}/acpid.sock -p ${home}/acpid.pid\n`,
  ],
];

/**
 * @param directory that every user may enter; each daemon gets one of its own in it
 * @returns name, program and text of each, as many as are there and wanted
 */
export function realDaemons(directory, most) {
  return DAEMONS.filter(([program]) => isThere(program))
    .slice(0, most)
    .map(([program, textIn], index) => {
      const name = `daemon${index}-${basename(program).replace(/[^a-z0-9]/g, '')}`;
      const home = join(directory, name);
      mkdirSync(home);
      const file = (file, text) => {
        const path = join(home, file);
        writeFileSync(path, text);
        return path;
      };
      // some do not start while any process has the number in their PID file, which may be another one's by then
      const text = `pre-start script\n  rm -f ${home}/*.pid\n  mkdir -p /run/sshd\nend script\n${textIn(home, file)}`;
      // Debian's redis-server is a link to another program
      return { name, program: realpathSync(program), text };
    });
}

function isThere(program) {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sshdConfig(home, file) {
  const key = join(home, 'host_key');
  mkdirSync('/run/sshd', { recursive: true });
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  return file('sshd.conf', `Port 7004\nListenAddress 127.0.0.1\nHostKey ${key}\nPidFile ${home}/sshd.pid\n`);
}
