/** What may import what (docs/architecture.md, "Layers"); run by `npm run lint`, proven by test/architecture. */

/** Each layer, and those above it, which it may not import. */
const ABOVE = {
  kernel: ['tracker', 'jobfile', 'import', 'rules', 'supervisor', 'control', 'cli'],
  codec: ['kernel', 'tracker', 'jobfile', 'import', 'rules', 'supervisor', 'control', 'cli'],
  tracker: ['jobfile', 'import', 'rules', 'supervisor', 'control', 'cli'],
  jobfile: ['tracker', 'import', 'rules', 'supervisor', 'control', 'cli'],
  import: ['kernel', 'tracker', 'rules', 'supervisor', 'control', 'cli'],
  rules: ['import', 'supervisor', 'control', 'cli'],
  supervisor: ['import', 'cli'],
  control: ['import', 'cli'],
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
