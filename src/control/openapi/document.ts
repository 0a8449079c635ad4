/** Makes the OpenAPI description of the control socket, docs/openapi.json. */
import type { Route } from '../server/router.js';
import { OPERATIONS } from './operations.js';
import { schemaOf, type Answer, type Operation, type Parameter, type Schema } from './schema.js';

const ERROR = { content: { 'application/json': { schema: schemaOf('error') } } };

/**
 * @param routes the served ones
 * @param version of foster
 * @param schemas those of docs/, by name: they become part of the document
 * @throws Error for an undescribed route
 */
export function openApiDocument(
  routes: readonly Route[],
  version: string,
  schemas: Readonly<Record<string, Schema>>,
): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const path = templateOf(route);
    const operation = OPERATIONS[`${route.method} ${path}`];
    if (operation === undefined) throw new Error(`${route.method} ${path} is not described`);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, operation) };
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'foster',
      version,
      description: 'The control socket of foster: HTTP over a Unix socket (docs/control.md).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://foster', description: 'any host name works' }],
    paths,
  };
  const parts = Object.entries(schemas).map(([name, schema]) => [name, included(name, schema)]);
  return { ...moved(document), components: { schemas: Object.fromEntries(parts) as Schema } };
}

/** Returns a schema from a file as part of the document. */
function included(name: string, { $schema: _, $id: __, ...schema }: Schema): Schema {
  return moved(schema, name);
}

/**
 * Changes references to schema files into references within the document.
 * @param home name of the schema's own file
 */
function moved(schema: Schema, home = ''): Schema {
  const text = JSON.stringify(schema).replace(
    /"\$ref":"(?:(\w+)\.schema\.json)?(?:#(\/[^"]*))?"/g,
    (_, file: string | undefined, part = '') =>
      `"$ref":"#/components/schemas/${file ?? home}${part as string}"`,
  );
  return JSON.parse(text) as Schema;
}

/** Converts `/v1/jobs/:name` to OpenAPI's form. */
function templateOf({ path }: Route): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function describe(route: Route, operation: Operation): Schema {
  const { access, does } = route;
  return {
    operationId: operationId(route),
    summary: does,
    description: access === 'everyone' ? 'For all users.' : "For root and foster's own user.",
    ...parametersOf(route, operation),
    ...bodyOf(operation),
    responses: responsesOf(operation),
  };
}

/** Returns for instance `postJobsNameStart`. */
function operationId({ method, path }: Route): string {
  const words = path.slice('/v1/'.length).split(/\W+/);
  return `${method.toLowerCase()}${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

function parametersOf({ path }: Route, { query = {} }: Operation): Schema {
  const inPath = Array.from(path.matchAll(/:(\w+)/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: 'name of the job, percent-encoded: `net%2Fapache`',
    schema: { type: 'string' },
  }));
  const parameters = [
    ...inPath,
    ...Object.entries(query).map(([name, parameter]) => inQuery(name, parameter)),
  ];
  return parameters.length === 0 ? {} : { parameters };
}

function inQuery(name: string, { description, schema, repeatable }: Parameter): Schema {
  return {
    name,
    in: 'query',
    description,
    schema: repeatable === true ? { type: 'array', items: schema } : schema,
  };
}

function bodyOf({ body, required = [] }: Operation): Schema {
  if (body === undefined) return {};
  const schema = {
    type: 'object',
    additionalProperties: false,
    properties: body,
    ...(required.length > 0 && { required }),
  };
  return { requestBody: { required: required.length > 0, content: { 'application/json': { schema } } } };
}

function responsesOf({ answer, others = {}, failures = {} }: Operation): Schema {
  const content = contentOf(answer);
  const further = Object.entries(others).map(([status, description]) => [status, { description, content }]);
  const failed = Object.entries(failures).map(([status, description]) => [status, { description, ...ERROR }]);
  return {
    200: { description: 'success', content },
    ...(Object.fromEntries([...further, ...failed]) as Schema),
    default: { description: 'error', ...ERROR },
  };
}

function contentOf(answer: Answer): Schema {
  switch (answer.kind) {
    case 'json':
      return { 'application/json': { schema: answer.schema } };
    case 'lines':
      return { 'application/x-ndjson': { schema: answer.schema } };
    case 'text':
      return { [answer.contentType]: { schema: { type: 'string' } } };
  }
}
