/** Ten units under systemd and under foster, each in the same Debian, made for the purpose. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareResults } from './compare.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const project = fileURLToPath(new URL('../..', import.meta.url));

/** The arguments of each service's probe, and its further settings. */
const UNITS = {
  plain: ['stay', 'Restart=always'],
  words: [`stay "a b" '$$HOME' && "x;y"`, 'Restart=always'],
  env: ['stay', 'Restart=always\nEnvironment="X=1, 2" \'Y=a "b"\''],
  dir: ['stay', 'Restart=always\nWorkingDirectory=/usr\nUMask=0027'],
  user: ['stay', 'Restart=on-failure\nUser=nobody\nGroup=nogroup'],
  stop: ['stay', 'Restart=always\nKillSignal=SIGINT\nLimitNOFILE=100'],
  once: ['once-0', 'Restart=always'],
  clean: ['once-3', 'Restart=on-failure\nSuccessExitStatus=3'],
  fail: ['once-3', 'Restart=on-failure\nRestartSec=500ms'],
  off: ['stay', 'Restart=always'],
};

function prepare(root) {
  const beside = join(root, 'beside');
  cpSync(here, beside, { recursive: true });
  writeFileSync(join(beside, 'package.json'), '{"type": "module"}');
  chmodSync(join(beside, 'probe.sh'), 0o755);
  const units = join(root, 'etc/systemd/system');
  mkdirSync(join(units, 'multi-user.target.wants'), { recursive: true });
  for (const [name, [args, settings]] of Object.entries(UNITS)) {
    const text = `[Service]\nExecStart=/beside/probe.sh /beside/out/${name} ${args}\nExecReload=/bin/kill -HUP $MAINPID\n${settings}\n[Install]\nWantedBy=multi-user.target\n`;
    writeFileSync(join(units, `${name}.service`), text);
    if (name !== 'off')
      symlinkSync(`../${name}.service`, join(units, 'multi-user.target.wants', `${name}.service`));
  }
  execFileSync('node', [join(project, 'scripts/single.js')], { stdio: 'ignore' });
  cpSync(join(project, 'build/single'), join(root, 'opt/foster'), { recursive: true });
}

/** Where the services write: a directory for each of the two supervisors behind one name. */
function outputOf(root, who) {
  const directory = join(root, `beside/out-${who}`);
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  execFileSync('ln', ['-sfn', `out-${who}`, join(root, 'beside/out')]);
}

const SYSTEMD = ['/usr/lib/systemd/systemd', '--unit=multi-user.target'];
/** systemd of trixie takes the groups of version 1 only when it is told to. */
const SYSTEMD_ENV = {
  container: 'other',
  SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE: '1',
  SYSTEMD_PROC_CMDLINE: 'systemd.unified_cgroup_hierarchy=0',
};
/** foster begins with the limit of open files that systemd sets for services. */
const FOSTER = `ulimit -Sn 1024
/opt/foster/bin/foster import /etc/systemd/system/*.service --output /jobs >/beside/import.txt || exit 1
exec /opt/foster/bin/foster init --confdir /jobs >/beside/foster.log 2>&1`;

export async function compareSystemd() {
  const support = join(project, 'build/test/package/support/clean-root.js');
  if (!existsSync(support)) throw new Error('systemd: `npm run build` first');
  const { makeCleanRoot, withoutCleanRoot } = await import(support);
  if (withoutCleanRoot !== false) {
    console.log(`systemd: skipped: ${withoutCleanRoot}`);
    return;
  }
  const teardowns = [];
  const t = { teardown: (handler) => teardowns.unshift(handler) };
  try {
    const root = await makeCleanRoot(t, ['nodejs', 'procps', 'systemd', 'systemd-sysv']);
    prepare(root.directory);
    const results = {};
    for (const who of ['original', 'foster']) {
      outputOf(root.directory, who);
      const booted =
        who === 'original'
          ? await root.boot(t, SYSTEMD, SYSTEMD_ENV)
          : await root.boot(t, ['sh', '-c', FOSTER]);
      await booted.does(`node /beside/in-root.js ${who}`);
      results[who] = JSON.parse(readFileSync(join(root.directory, `beside/${who}.json`), 'utf8'));
      await booted.end();
    }
    compareResults('systemd', results.original, results.foster);
  } finally {
    for (const teardown of teardowns) await teardown();
  }
}
