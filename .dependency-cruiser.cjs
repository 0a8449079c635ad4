/** What may import what (docs/architecture.md, "Layers"); run by `npm run lint`, proven by test/architecture. */

/** Each layer, and those above it, which it may not import. */
const ABOVE = {
  kernel: ['tracker', 'jobfile', 'import', 'rules', 'supervisor', 'control', 'cli', 'web'],
  codec: ['kernel', 'tracker', 'jobfile', 'import', 'rules', 'supervisor', 'control', 'cli', 'web'],
  tracker: ['jobfile', 'import', 'rules', 'supervisor', 'control', 'cli', 'web'],
  jobfile: ['tracker', 'import', 'rules', 'supervisor', 'control', 'cli', 'web'],
  import: ['kernel', 'tracker', 'rules', 'supervisor', 'control', 'cli', 'web'],
  rules: ['import', 'supervisor', 'control', 'cli', 'web'],
  supervisor: ['import', 'cli', 'web'],
  control: ['import', 'cli', 'web'],
};

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Types of two files that import each other belong in a third one, the model of their folder.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'ffi-in-kernel-alone',
      comment: 'A test of anything above the kernel layer can put the fake kernel underneath.',
      severity: 'error',
      from: { pathNot: '^src/kernel/' },
      to: { path: 'node_modules/koffi' },
    },
    {
      name: 'core-is-pure',
      comment: 'The core reads no clock and does no I/O.',
      severity: 'error',
      from: { path: '^src/supervisor/core/' },
      // what node:util has is as pure
      to: { dependencyTypes: ['core'], pathNot: '^util$' },
    },
    {
      name: 'page-is-apart',
      comment: 'The page runs in a browser: it knows what the server sends it, and no module of Node.',
      severity: 'error',
      from: { path: '^src/web/page/' },
      to: { pathNot: '^src/web/(page/|wire\\.ts$)' },
    },
    ...Object.entries(ABOVE).map(([layer, above]) => ({
      name: `${layer}-is-below`,
      comment: 'Dependencies point down and never up.',
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${above.join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // type-only imports count: a circle of types is a circle for whoever reads
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
