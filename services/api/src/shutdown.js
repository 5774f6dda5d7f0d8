import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Stops accepting, lets requests in flight finish, closes the pool.
 * @param {import('@hono/node-server').ServerType} server
 * @param {import('pg').Pool} pool
 * @param {number} [milliseconds] less than the time ECS leaves between SIGTERM and SIGKILL
 * @returns {Promise<boolean>} false when requests had to be cut off
 */
export async function shutdown(server, pool, milliseconds = 4000) {
  const closed = once(server, 'close').then(() => true)
  server.close()
  // Keep-alive connections stay open after their last response; the load balancer would only let go of them minutes later.
  const idle = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50)
  const drained = await Promise.race([closed, sleep(milliseconds, false)])
  clearInterval(idle)
  if (!drained && 'closeAllConnections' in server) server.closeAllConnections()
  await Promise.race([pool.end(), sleep(500)])
  return drained
}
