/** The images of examples/ as Docker and Kubernetes run them: what they mount and grant is read there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { parse } from 'yaml';
import { isInstalled } from '../daemons/support/requirements.js';
import { PERFMON } from './support/bundle.js';
import { Container, noContainers } from './support/container.js';

const ROOT = new URL('../../../', import.meta.url);
const text = (path: string): string => readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');

const skip = noContainers() || (isInstalled('nginx') ? false : 'needs nginx');

/** Both mount these themselves in every container here. */
const ALWAYS = ['/run', '/tmp'];

/** Words in the list that follows `name:` in a YAML file. */
function list(yaml: string, name: string): readonly string[] {
  const [, block = ''] = new RegExp(`^ *${name}:\\n((?: +- .*\\n)+)`, 'm').exec(yaml) ?? [];
  return [...block.matchAll(/- (.+)/g)].map(([, word]) => word!);
}

const compose = text('examples/compose.yaml');
const pod = text('examples/pod.yaml');

/** Where scratch volumes are mounted. */
const scratchOf = (manifest: string): readonly string[] =>
  Array.from(manifest.matchAll(/name: scratch, mountPath: ([^,]+),/g), ([, path]) => path!);

const nginx = { 'nginx.ini': text('jobs/nginx.ini') };
const [config, deployment] = text('examples/deployment.yaml').split('\n---\n') as [string, string];

const PLACES = {
  'compose.yaml': { tmpfs: list(compose, 'tmpfs'), args: [], jobs: nginx },
  'pod.yaml': { tmpfs: scratchOf(pod), args: ['--stop-budget', '27'], jobs: nginx },
  'deployment.yaml': {
    tmpfs: scratchOf(deployment),
    args: ['--stop-budget', '30'],
    jobs: (parse(config) as { readonly data: Readonly<Record<string, string>> }).data,
  },
};

for (const [name, { tmpfs, args, jobs }] of Object.entries(PLACES)) {
  test(
    `nginx with a read-only root, as in ${name}: healthy, and gone when it is asked to`,
    { skip },
    async (t) => {
      t.ok(tmpfs.length > ALWAYS.length, tmpfs.join(' '));
      const container = await Container.start(t, {
        ...PERFMON,
        readonlyRoot: true,
        memory: 128 * 2 ** 20,
        tmpfs: tmpfs.filter((path) => !ALWAYS.includes(path)),
        jobs,
        args,
      });
      for (const file of Object.keys(jobs))
        await container.untilStatus(file.replace('.ini', ''), ({ state }) => state === 'running');
      for (const level of ['live', 'ready']) {
        const { status, out } = await container.foster('health', '--level', level);
        t.equal(status, 0, `${level}: ${out}`);
      }
      t.equal((await container.status('nginx')).tracker, 'perf');
      container.signal('SIGTERM');
      t.equal((await container.ended).status, 0);
      t.notMatch(container.err, /read-only|unable to write/i);
    },
  );
}
