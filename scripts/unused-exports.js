/**
 * Lists what a module of src exports without need, and exits with 1 if there is any (`npm run lint`, test/architecture):
 *
 *   nobody uses it        no other file imports it, nor does its own use it
 *   only tests use it     it belongs in test/, or the test belongs to what uses it
 *   needs no export       only its own file uses it
 *
 * usage: node scripts/unused-exports.js [DIRECTORY]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SHIPPED = ['src', 'scripts', 'bin', 'bench'];

/** The two libraries of the package, and what bin/load.js starts. */
const ENTRIES = ['src/client/index.ts', 'src/tracker/index.ts', 'src/cli/run.ts'];

/** Exported for the compiler alone: it names the types in declaration files (TS4023), and checks the value. */
const FOR_COMPILER = new Set([
  'src/codec/record.ts#Model',
  'src/supervisor/readiness/saved-readiness.ts#SavedDescriptor',
  'src/supervisor/readiness/saved-readiness.ts#SavedPipe',
  'src/supervisor/readiness/saved-readiness.ts#SavedReport',
  'src/supervisor/core/snapshot/state-codec.ts#NOT_SAVED',
]);

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));

/** @returns what is wrong: `FILE: NAME: REASON` */
function unusedExports() {
  const shipped = SHIPPED.flatMap(filesBelow).map(readModule);
  const tests = filesBelow('test').map(readModule);
  const usedByProgram = uses(shipped);
  const usedByTests = uses(tests);
  return shipped
    .filter(({ file }) => file.startsWith('src/') && !ENTRIES.includes(file))
    .flatMap((module) =>
      [...module.exported].flatMap((name) => {
        const key = `${module.file}#${name}`;
        if (usedByProgram.has(key) || FOR_COMPILER.has(key)) return [];
        const reason = reasonAgainst(usedByTests.has(key), module.usedWithin.has(name));
        return reason === undefined ? [] : [`${module.file}: ${name}: ${reason}`];
      }),
    );
}

/** A test may import what its module also uses itself: that is how a part is tested alone. */
function reasonAgainst(isUsedByTests, isUsedWithin) {
  if (isUsedByTests) return isUsedWithin ? undefined : 'only tests use it';
  return isUsedWithin ? 'needs no export' : 'nobody uses it';
}

function filesBelow(directory) {
  if (!existsSync(join(root, directory))) return [];
  return readdirSync(join(root, directory), { recursive: true })
    .filter((name) => /(?<!\.d)\.(ts|js|cjs)$/.test(name))
    .map((name) => join(directory, name));
}

/**
 * `exported`: names that the file declares and exports; `passedOn`: those of other files that it exports again; `wholes`: files of which
 * it exports everything again; `imported`: what it takes from others, as `FILE#NAME`; `usedWithin`: names that stand in it besides
 * their declaration.
 */
function readModule(file) {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
    file.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS,
  );
  const module = {
    file,
    exported: new Set(),
    passedOn: new Map(),
    wholes: [],
    imported: [],
    usedWithin: new Set(),
  };
  const dynamic = [];
  const names = new Set();
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) return readImport(module, node);
    if (ts.isExportDeclaration(node)) return readExport(module, node);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      dynamic.push(target(file, node.arguments[0]));
    if (ts.isImportTypeNode(node)) dynamic.push(target(file, node.argument.literal));
    if (ts.isIdentifier(node)) {
      names.add(node.text);
      if (!isDeclared(node)) module.usedWithin.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements)
    for (const name of exportsOf(statement)) module.exported.add(name);
  // which members of an imported module are meant is seen from their names, which stand in the same file
  for (const from of dynamic)
    if (from !== undefined) for (const name of names) module.imported.push(`${from}#${name}`);
  return module;
}

function readImport(module, { importClause, moduleSpecifier }) {
  const from = target(module.file, moduleSpecifier);
  const bindings = importClause?.namedBindings;
  if (from === undefined || bindings === undefined) return;
  if (!ts.isNamedImports(bindings))
    throw new Error(`${module.file} imports all of ${from}: name what it uses`);
  for (const { name, propertyName } of bindings.elements)
    module.imported.push(`${from}#${(propertyName ?? name).text}`);
}

function readExport(module, { exportClause, moduleSpecifier }) {
  const from = moduleSpecifier === undefined ? undefined : target(module.file, moduleSpecifier);
  if (exportClause === undefined) return void module.wholes.push(from);
  for (const { name, propertyName } of exportClause.elements) {
    const original = (propertyName ?? name).text;
    if (from === undefined) module.exported.add(name.text);
    else module.passedOn.set(name.text, `${from}#${original}`);
  }
}

/** @returns the source file that an import means, by its path below the root; undefined for a package */
function target(file, specifier) {
  const text = specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : '';
  if (text.startsWith('foster/')) return `src/${text.slice('foster/'.length)}/index.ts`;
  if (!text.startsWith('.')) return undefined;
  const path = relative(root, resolve(root, dirname(file), text)).replace(/^build\//, '');
  return path.startsWith('src/') || path.startsWith('test/') ? path.replace(/\.js$/, '.ts') : path;
}

/** @returns names of what this statement declares and exports */
function exportsOf(statement) {
  const isExported = ts.canHaveModifiers(statement)
    ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    : false;
  if (!isExported) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => bindingNames(name));
  return statement.name === undefined ? [] : [statement.name.text];
}

function bindingNames(name) {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : bindingNames(element.name),
  );
}

/**
 * Tests whether this identifier is the name in a declaration of the module. A parameter or a member of the same name counts as a use,
 * which hides little.
 */
function isDeclared({ parent, text }) {
  if (!ts.isDeclaration(parent) || parent.name?.text !== text) return false;
  const statement = ts.isVariableDeclaration(parent) ? parent.parent.parent : parent;
  return ts.isSourceFile(statement.parent);
}

/** @returns every `FILE#NAME` that these modules import, also through files that pass it on */
function uses(modules) {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const used = new Set();
  const follow = (key) => {
    if (used.has(key)) return;
    used.add(key);
    const [file, name] = key.split('#');
    const module = byFile.get(file) ?? passing(file);
    if (module === undefined || module.exported.has(name)) return;
    const origin = module.passedOn.get(name);
    if (origin !== undefined) follow(origin);
    else for (const from of module.wholes) if (from !== undefined) follow(`${from}#${name}`);
  };
  for (const { imported } of modules) for (const key of imported) follow(key);
  for (const file of ENTRIES) for (const origin of byFile.get(file)?.passedOn.values() ?? []) follow(origin);
  return used;
}

/** What tests import comes through files of src. */
const passed = new Map();
function passing(file) {
  if (!file.startsWith('src/') || !existsSync(join(root, file))) return undefined;
  if (!passed.has(file)) passed.set(file, readModule(file));
  return passed.get(file);
}

const found = unusedExports();
for (const line of found) console.log(line);
process.exitCode = found.length === 0 ? 0 : 1;
