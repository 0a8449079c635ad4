/** What examples/ gives to orchestrators: Kubernetes' schema takes it, foster takes the job files in it, and its times fit together. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'tap';
import { parseAllDocuments } from 'yaml';
import { checkText } from '../../src/jobfile/check.js';

interface Model {
  validate(): void;
}

type Models = Readonly<Record<string, new (manifest: object) => Model>>;

const require = createRequire(import.meta.url);
const models: Models = {
  ...(require('kubernetes-models/v1') as Models),
  ...(require('kubernetes-models/apps/v1') as Models),
};

// its types bring those of a browser with them, which replace some of Node's
const { parse: parseHcl } = require('@cdktf/hcl2json') as {
  readonly parse: (name: string, text: string) => Promise<Readonly<Record<string, never>>>;
};

const text = (name: string): string =>
  readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8');

interface Manifest {
  readonly kind: string;
  readonly data: Readonly<Record<string, string>>;
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  }[];
}

const manifests = (name: string): readonly Manifest[] =>
  parseAllDocuments(text(name)).map((document) => document.toJS() as Manifest);

for (const name of ['pod.yaml', 'deployment.yaml'])
  test(`${name} is what Kubernetes takes`, (t) => {
    for (const manifest of manifests(name)) {
      const model = new models[manifest.kind]!(manifest);
      t.doesNotThrow(() => model.validate(), manifest.kind);
    }
    t.end();
  });

test('foster takes the job files of the ConfigMap', (t) => {
  const jobs = manifests('deployment.yaml').find(({ kind }) => kind === 'ConfigMap')!.data;
  t.ok(Object.keys(jobs).length > 1);
  for (const [file, job] of Object.entries(jobs))
    t.match(checkText(job, file.replace(/\.ini$/, ''), 'ini'), { ok: true, warnings: [] }, file);
  t.end();
});

test('the pause of preStop and the stop budget fit into the grace period', (t) => {
  const { terminationGracePeriodSeconds, containers } = manifests('deployment.yaml').find(
    ({ kind }) => kind === 'Deployment',
  )!.spec.template.spec;
  const { args, lifecycle } = containers[0]!;
  const pause = Number(lifecycle.preStop.exec.command.at(-1));
  t.ok(pause + Number(args.at(-1)) < terminationGracePeriodSeconds);
  t.end();
});

test('the job of Nomad is HCL, and leaves the jobs their time', async (t) => {
  const job = await parseHcl('site.nomad.hcl', text('site.nomad.hcl'));
  t.match(job, {
    job: { site: [{ group: { site: [{ task: { site: [{ driver: 'docker', kill_timeout: '40s' }] } }] } }] },
  });
});
