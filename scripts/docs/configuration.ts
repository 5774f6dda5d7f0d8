import { blueprintSchema, type JsonSchema } from './json-schema.ts'

/** The smallest useful blueprint; a test parses it. */
export const smallestBlueprint = `# yaml-language-server: $schema=./devtool.schema.json
project: shop
region: us-east-1
services:
  web:
    build: services/web
    port: 3000
    route: /
`

/** What the tool checks beyond single keys; the JSON Schema cannot say it. */
const rules = [
  'Each service has either `build` or `image`; so have the migrations. `start` belongs to `build`.',
  'A `route` needs a `port`, and no two services share a route. At most 40 services have one.',
  '`database: true` needs the section `database`.',
  '`seed` is a file inside the folder `database.migrations.build`.',
  '`size` is a pair that Fargate offers: 256 CPU units with 512, 1024 or 2048 MiB; 512 with 1024 to 4096; 1024 with 2048 to 8192; 2048 with 4096 to 16384; 4096 with 8192 to 30720 (in steps of 1024); 8192 with 16384 to 61440 (in steps of 4096); 16384 with 32768 to 122880 (in steps of 8192).',
  '`count.min` is at most `count.max`. With overrides, the result counts.',
  'A service cannot be called `migrations`, `public`, `database` or `constructor`, an environment not `platform` or `constructor`.',
  'Variables that DevTool sets cannot be given: `PORT`, `PUBLIC_URL`, `DATABASE_URL`, `DEVTOOL_*`, `PG*` and `<SERVICE>_URL` of a service.',
  'A pinned environment, and one with `domain`, `database` or `alerts`, has `template: dedicated`. No two environments share a domain.',
  'The file has at most 65536 characters, 5000 values and 20 levels. Anchors and aliases work; merge keys (`<<`) and tags do not.',
]

interface Section {
  title: string
  schema: JsonSchema
}

/** The text of `docs/configuration.md`: every key of `devtool.yaml`, generated from the schema. */
export function renderConfiguration(): string {
  const [top, ...sections] = collectSections('', blueprintSchema())
  return [
    '# Configuration: devtool.yaml',
    '<!-- Generated from cli/src/blueprint/blueprint.ts by scripts/docs. Do not edit. -->',
    'The blueprint stands in `devtool.yaml` at the root of the repository. DevTool reports every mistake at once, with line and column; a key that is not listed here is one. Without a default, a key is required. An empty value (`null`) where null is the default means the same as leaving the key out.',
    'The first line lets editors with a YAML language server complete and check the file:',
    `\`\`\`yaml\n${smallestBlueprint}\`\`\``,
    ...(top === undefined ? [] : renderSection({ ...top, title: 'Top level' })),
    ...sections.flatMap(renderSection),
    '## Rules between keys',
    rules.map((rule) => `- ${rule}`).join('\n'),
  ]
    .join('\n\n')
    .concat('\n')
}

/** A mapping with known keys is a section; so is what it holds, deeper. */
function collectSections(title: string, schema: JsonSchema): Section[] {
  const mapping = asMapping(schema)
  const below = (name: string): string => (title === '' ? name : `${title}.${name}`)
  if (mapping.properties !== undefined) {
    const inner = Object.entries(mapping.properties).flatMap(([key, child]) => collectSections(below(key), child))
    return [{ title, schema: { ...mapping, ...(schema.description === undefined ? {} : { description: schema.description }) } }, ...inner]
  }
  const values = mapping.additionalProperties
  return typeof values === 'object' ? collectSections(below('&lt;name&gt;'), values) : []
}

function asMapping(schema: JsonSchema): JsonSchema {
  return schema.anyOf?.find((option) => option.type === 'object') ?? schema
}

function renderSection({ title, schema }: Section): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([key, child]) => renderRow(key, child, schema.required ?? []))
  const table = ['| Key | Type | Default | Allowed | What it is |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
  return [`## ${title}`, ...(schema.description === undefined ? [] : [schema.description]), table]
}

function renderRow(key: string, schema: JsonSchema, required: readonly string[]): string {
  const fallback = required.includes(key) ? 'required' : renderDefault(schema)
  const examples = (schema.examples ?? []).map((example) => `\`${key}: ${renderValue(example)}\``)
  const what = [schema.description ?? '', examples.length === 0 ? '' : `Example: ${examples.join(', ')}`]
    .filter((part) => part !== '')
    .join(' ')
  const cells = [`\`${key}\``, typeWord(schema), fallback, schema.allowed ?? 'see below', what]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`
}

function renderDefault(schema: JsonSchema): string {
  if (schema.default === undefined) return 'as above'
  return `\`${renderValue(schema.default)}\``
}

/** As one would write it in YAML, on one line. */
function renderValue(value: unknown): string {
  if (typeof value === 'string') return /^[\d.]+$/.test(value) ? JSON.stringify(value) : value
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${renderValue(inner)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

function typeWord(schema: JsonSchema): string {
  const named = schema.anyOf?.find((option) => option.type !== 'null') ?? schema
  if (named.type === 'object') return named.properties === undefined ? 'mapping of names' : 'mapping'
  if (named.type === 'boolean') return 'true or false'
  return named.type === 'integer' ? 'whole number' : 'text'
}
