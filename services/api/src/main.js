import { serve } from '@hono/node-server'
import { pino } from 'pino'
import { createApp } from './app.js'
import { createPool } from './database.js'
import { createMetrics } from './metrics.js'
import { shutdown } from './shutdown.js'

const {
  DEVTOOL_ENV: environment = 'development',
  DEVTOOL_COMMIT: commit = null,
  LOG_LEVEL: level = 'info',
  PORT: port = '3000',
} = process.env

// Straight to stdout, which is synchronous on Linux: pino's own stream waits for ever at exit once the reader of the log is gone
// (sonic-boom, flushSync). Without a reader the service goes on serving.
process.stdout.on('error', () => {})
const logger = pino(
  { level, base: { service: 'api', environment, commit }, formatters: { level: (label) => ({ level: label }) } },
  process.stdout,
)
const pool = createPool(process.env, logger)
const app = createApp({ pool, logger, metrics: createMetrics(), environment, commit })
const server = serve({ fetch: app.fetch, port: Number(port) }, (address) => logger.info({ port: address.port }, 'listening'))

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    logger.info({ signal }, 'draining')
    const drained = await shutdown(server, pool)
    logger[drained ? 'info' : 'warn']({ drained }, 'stopped')
    process.exit(0)
  })
}
