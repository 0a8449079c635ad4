/**
 * podman with storage, configuration and images of its own. Nothing can be pulled where the tests run, so the images on which the
 * Dockerfiles of examples/ stand are made of a clean Debian with the Node.js that runs the test.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { missing } from '../../daemons/support/requirements.js';
import { outcomeOf, plainEnvironment, spawnChild, type Outcome } from '../../helpers/child.js';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** What podman's default of a million open files would need more rights for than a test may have. */
const LIMITS = '"nofile=8192:8192", "nproc=4096:4096"';

/** Why images cannot be built here; false where they can. */
export const noImages: string | false =
  missing({ podman: 'podman', runc: 'runc', debootstrap: 'debootstrap' }) || noNpm();

/** Debian's own Node.js is spread over many libraries: it cannot be copied into an image. */
function noNpm(): string | false {
  const libraries = spawnSync('ldd', [process.execPath], { encoding: 'utf8' }).stdout;
  if (libraries.includes('libnode')) return 'this Node.js is not one file';
  return existsSync(npmDirectory()) ? false : 'there is no npm beside this Node.js';
}

function npmDirectory(): string {
  return join(dirname(realpathSync(process.execPath)), '../lib/node_modules/npm');
}

export class Podman {
  readonly directory = mkdtempSync(join(tmpdir(), 'foster-podman-'));
  readonly env: NodeJS.ProcessEnv;

  constructor(t: Test) {
    const file = (name: string, text: string): string => {
      const path = join(this.directory, name);
      writeFileSync(path, text);
      return path;
    };
    const storage = (driver: string): string =>
      `[storage]\ndriver = "${driver}"\nrunroot = "${this.directory}/run"\ngraphroot = "${this.directory}/graph"\n`;
    mkdirSync(join(this.directory, 'tmp'));
    this.env = {
      ...plainEnvironment(),
      TMPDIR: join(this.directory, 'tmp'),
      CONTAINERS_STORAGE_CONF: file('storage.conf', storage('overlay')),
      CONTAINERS_CONF: file(
        'containers.conf',
        `[containers]\ndefault_ulimits = [${LIMITS}]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`,
      ),
      CONTAINERS_REGISTRIES_CONF: file(
        'registries.conf',
        'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "disabled"\n',
      ),
    };
    // overlay needs a file system that can be one of its layers; vfs copies every layer as a whole
    if (spawnSync('podman', ['info'], { env: this.env }).status !== 0) file('storage.conf', storage('vfs'));
    t.teardown(async () => {
      await this.run('rm', '--all', '--force', '--time', '0');
      await this.run('pod', 'rm', '--all', '--force', '--time', '0');
      await this.run('network', 'prune', '--force');
      await this.run('rmi', '--all', '--force');
      // what podman itself keeps mounted
      spawnSync('umount', [join(this.directory, 'graph/overlay')]);
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  run(...args: readonly string[]): Promise<Outcome> {
    return outcomeOf(spawnChild('podman', args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** @returns what it printed @throws Error when it fails */
  async must(...args: readonly string[]): Promise<string> {
    const { status, out, err } = await this.run(...args);
    if (status !== 0) throw new Error(`podman ${args.join(' ')} ended with ${status}: ${out}${err}`);
    return out.trim();
  }

  /** Makes an image of a clean Debian with Node.js and npm, under these names. */
  async makeBase(suite: string, names: readonly string[]): Promise<void> {
    const root = join(this.directory, 'root');
    const bootstrap = spawnChild(
      'debootstrap',
      ['--variant=minbase', '--include=ca-certificates,libstdc++6', suite, root],
      { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const { status, out, err } = await outcomeOf(bootstrap);
    if (status !== 0) throw new Error(`debootstrap: ${out.slice(-1000)}${err.slice(-1000)}`);
    mkdirSync(join(root, 'usr/local/lib/node_modules'), { recursive: true });
    cpSync(realpathSync(process.execPath), join(root, 'usr/local/bin/node'));
    cpSync(npmDirectory(), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
    for (const name of ['npm', 'npx'])
      spawnSync('ln', [
        '-s',
        `../lib/node_modules/npm/bin/${name}-cli.js`,
        join(root, 'usr/local/bin', name),
      ]);
    // whoever the machine trusts, the image has to trust
    if (existsSync(CERTIFICATES)) cpSync(CERTIFICATES, join(root, CERTIFICATES));
    const archive = join(this.directory, 'base.tar');
    spawnSync('tar', ['-C', root, '-cf', archive, '.']);
    const [first = '', ...others] = names;
    await this.must('import', '--change', `ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, archive, first);
    for (const name of others) await this.must('tag', first, name);
    rmSync(root, { recursive: true });
    rmSync(archive);
  }
}
