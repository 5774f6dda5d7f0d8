import { routePath } from 'hono/route'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** A registry of its own, so that two apps in one process do not share counters. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  return {
    registry,
    /**
     * @param {import('hono').Context} context after the handler has run
     * @param {number} seconds
     */
    observe(context, seconds) {
      requests.observe({ method: method(context.req.method), route: route(context), status: context.res.status }, seconds)
    },
  }
}

// Labels come from what we have written down, never from what a caller sends: each distinct value is a series kept in memory.
/** @param {import('hono').Context} context */
function route(context) {
  const path = routePath(context, -1)
  return path.endsWith('*') ? 'unmatched' : path
}

/** @param {string} name */
function method(name) {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(name) ? name : 'other'
}
