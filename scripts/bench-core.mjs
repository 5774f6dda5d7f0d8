/** The parts of the bench that run the project's own code, bundled as it ships. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { esbuildTemplates } from './templates-plugin.mjs'
import { cache, root } from './toolchain/shared.mjs'

const entry = `
export { parseBlueprint } from './cli/src/blueprint/parse.ts'
export { resolveBlueprint } from './cli/src/blueprint/resolve.ts'
export { petnames } from './cli/src/environment/petname.ts'
export { render } from './cli/src/rendering/render.ts'
export { newRecord } from './cli/src/operations/claim.ts'
export { S3Client, PutObjectCommand } from '@aws-sdk/client-s3'
`

async function load() {
  mkdirSync(cache, { recursive: true })
  const outfile = path.join(cache, 'bench.mjs')
  const banner = { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" }
  await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    outfile,
    banner,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    plugins: [esbuildTemplates()],
    logLevel: 'error',
  })
  return import(pathToFileURL(outfile).href)
}

const BLUEPRINT = `project: shop
region: us-east-1
domain: preview.example.com
services:
  web: { build: services/web, port: 3001, route: / }
  api: { build: services/api, port: 3000, route: /api, database: true }
database: { version: "17", migrations: { build: services/migrations } }
`

/** Of which a record takes only its root. */
const PROJECT = { root: '/shop', blueprint: { services: {} } }

function documentFor(number) {
  const images = { web: `shop/web:${number}`, api: `shop/api:${number}`, migrations: `shop/migrations:${number}` }
  const source = {
    repository: 'acme/shop',
    pullRequest: number + 1,
    branch: `feature/${number}`,
    commit: number.toString(16).padStart(40, '0'),
  }
  const fixed = { schema: 1, project: 'shop', template: 'preview', target: 'aws', pinned: false, ttl: '72h', modules: null }
  return { ...fixed, ...source, name: `environment-${number}`, images }
}

/** What is in use on the heap once everything that is garbage is gone, in MB. */
function heapInUse() {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

/** Time for all, and by how many MB the heap grew after the first thousand. */
export async function benchRendering(count) {
  const { parseBlueprint, resolveBlueprint, render } = await load()
  const blueprint = resolveBlueprint(parseBlueprint(BLUEPRINT, 'devtool.yaml'), null)
  const since = performance.now()
  let settled = 0
  for (let number = 0; number < count; number += 1) {
    if (number === 1_000) settled = heapInUse()
    if (render(blueprint, documentFor(number), { modulesPath: '../../modules' }).length < 7) throw new Error('too few files')
  }
  const milliseconds = performance.now() - since
  return { milliseconds, growth: heapInUse() - settled }
}

/** Fills the registry of the account's bucket up to `count` records. */
export async function benchRegistry({ env }, bucket, count) {
  const { newRecord, PutObjectCommand, S3Client } = await load()
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY }
  const client = new S3Client({ endpoint: env.AWS_ENDPOINT_URL, region: env.AWS_REGION, credentials, forcePathStyle: true })
  let next = 0
  const worker = async () => {
    for (let number = next++; number < count; number = next++) {
      const record = { ...newRecord(PROJECT, documentFor(number), new Date()), slot: 1 + (number % 999) }
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: `registry/environments/${record.name}.json`, Body: JSON.stringify(record) }),
      )
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
