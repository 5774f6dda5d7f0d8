import { fileURLToPath } from 'node:url'
import { connect } from './database.js'
import { applyMigrations } from './migrations.js'
import { applySeed } from './seed.js'

const folder = fileURLToPath(new URL('..', import.meta.url))

// As process 1 of a container, Node ignores signals that nobody listens to. The server rolls back what was under way.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(143))

try {
  const client = await connect(process.env)
  try {
    for (const line of await applyMigrations(client, `${folder}migrations`)) console.log(line)
    if (process.env.DEVTOOL_SEED) console.log(await applySeed(client, folder, process.env.DEVTOOL_SEED))
  } finally {
    await client.end().catch(() => {})
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
