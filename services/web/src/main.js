import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from './server.js'

const { PORT: port = '3001', DEVTOOL_ENV: environment = 'development', DEVTOOL_COMMIT: commit = null, API_URL: apiUrl = null } = process.env

// Without a reader of the log the service goes on serving.
process.stdout.on('error', () => {})
const server = createServer({ environment, commit, apiUrl, log })
server.listen(Number(port), () => log('info', { message: 'listening', port: Number(port) }))

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    log('info', { message: 'draining', signal })
    const closed = once(server, 'close')
    server.close()
    // Keep-alive connections stay open after their last response.
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    await Promise.race([closed, sleep(4000)])
    clearInterval(idle)
    process.exit(0)
  })
}

/** @param {'info' | 'error'} level @param {Record<string, unknown>} fields */
function log(level, fields) {
  console.log(JSON.stringify({ level, time: new Date().toISOString(), service: 'web', environment, commit, ...fields }))
}
