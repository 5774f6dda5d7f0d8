/**
 * Cuts the operations that DevTool uses out of GitHub's OpenAPI description, as `fixtures/openapi.json`, and what GitHub gives as an example of a
 * long answer, as `fixtures/examples.json`:
 *
 *   npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz package/generated/api.github.com.json
 *   node cli/tests/github/cut-openapi.mjs package/generated/api.github.com.json
 *
 * Descriptions and other examples are left out: what is kept is what can be checked.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const OPERATIONS = [
  'issues/create',
  'issues/update',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'repos/list-deployments',
  'repos/create-deployment',
  'repos/create-deployment-status',
  'actions/get-workflow-run-attempt',
  'repos/get',
  'actions/get-custom-oidc-sub-claim-for-repo',
  'actions/get-repo-variable',
  'actions/create-repo-variable',
  'actions/update-repo-variable',
  'repos/get-environment',
  'repos/create-or-update-environment',
  'repos/list-deployment-branch-policies',
  'repos/create-deployment-branch-policy',
]
const EXAMPLES = ['workflow-run']
const PROSE = ['description', 'summary', 'example', 'examples', 'externalDocs', 'tags', 'title', 'deprecated']

const source = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const schemas = {}

/** `names` are keys that the author of the schema chose, such as a property called `description`. */
function cut(value, names = false) {
  if (Array.isArray(value)) return value.map((item) => cut(item))
  if (value === null || typeof value !== 'object') return value
  if (typeof value.$ref === 'string') return cutReference(value.$ref)
  const entries = Object.entries(value).filter(([key]) => names || (!PROSE.includes(key) && !key.startsWith('x-')))
  return Object.fromEntries(entries.map(([key, item]) => [key, cut(item, !names && key === 'properties')]))
}

function cutReference(reference) {
  const [, , kind, name] = reference.split('/')
  const found = source.components[kind][name]
  if (kind !== 'schemas') return cut(found)
  if (schemas[name] === undefined) {
    schemas[name] = {}
    schemas[name] = cut(found)
  }
  return { $ref: reference }
}

const operations = {}
for (const [path, methods] of Object.entries(source.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!OPERATIONS.includes(operation.operationId)) continue
    const [[status, response]] = Object.entries(operation.responses).filter(([code]) => code.startsWith('2'))
    operations[operation.operationId] = {
      method: method.toUpperCase(),
      path,
      parameters: cut(operation.parameters).map(({ name, in: place, required = false, schema }) => ({ name, in: place, required, schema })),
      body: cut(operation.requestBody?.content['application/json'].schema ?? null),
      status: Number(status),
      answer: cut(response.content?.['application/json'].schema ?? null),
    }
  }
}
const missing = OPERATIONS.filter((name) => operations[name] === undefined)
if (missing.length > 0) throw new Error(`not in that description: ${missing.join(', ')}`)

const about = {
  source: 'https://github.com/github/rest-api-description, as in the npm package @octokit/openapi',
  version: source.info.version,
  licence: 'MIT, Copyright (c) GitHub, Inc.; Copyright (c) 2020 Octokit contributors',
}
const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(
  new URL('fixtures/openapi.json', import.meta.url),
  `${JSON.stringify({ about, operations, components: { schemas: sorted } }, null, 1)}\n`,
)

const examples = Object.fromEntries(EXAMPLES.map((name) => [name, source.components.examples[name].value]))
writeFileSync(new URL('fixtures/examples.json', import.meta.url), `${JSON.stringify({ about, ...examples }, null, 1)}\n`)
