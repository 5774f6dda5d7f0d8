/**
 * Checks the GraphQL documents in `fixtures/queries` against GitHub's schema; fixtures/README.md says how to run it. The packages are looked
 * for from the folder where it is run, as the project does not need them otherwise.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(path.join(process.cwd(), 'here.js'))
const { buildSchema, parse, validate } = require('graphql')
const schema = buildSchema(readFileSync('node_modules/@octokit/graphql-schema/schema.graphql', 'utf8'), { assumeValidSDL: true })

const folder = new URL('fixtures/queries/', import.meta.url)
const faults = readdirSync(folder).flatMap((file) =>
  validate(schema, parse(readFileSync(new URL(file, folder), 'utf8'))).map(({ message }) => `${file}: ${message}`),
)
process.stdout.write(`${faults.length === 0 ? 'every document fits the schema' : faults.join('\n')}\n`)
process.exitCode = faults.length === 0 ? 0 : 1
