import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { isReachable, isUnavailable } from './database.js'
import { addEntry, currentMigration, listEntries, parseEntry, parsePage } from './entries.js'

/**
 * @typedef {object} Dependencies
 * @property {import('pg').Pool} pool
 * @property {import('pino').Logger} logger
 * @property {ReturnType<typeof import('./metrics.js').createMetrics>} metrics
 * @property {string} environment
 * @property {string | null} commit
 */

/**
 * The routes. Every answer is JSON, except the metrics; a failure is `{error: {code, message, requestId}}`, with `fields` where input was wrong.
 * @param {Dependencies} dependencies
 */
export function createApp({ pool, logger, metrics, environment, commit }) {
  /** @type {Hono<{ Variables: { requestId: string } }>} */
  const app = new Hono()

  app.use(async (context, next) => {
    const started = performance.now()
    const requestId = requestIdFrom(context.req.header('x-request-id'))
    context.set('requestId', requestId)
    await next()
    context.header('x-request-id', requestId)
    context.header('cache-control', 'no-store')
    const milliseconds = performance.now() - started
    metrics.observe(context, milliseconds / 1000)
    const { method, path } = context.req
    const level = path === '/api/healthz' || path === '/api/metrics' ? 'debug' : 'info'
    logger[level]({ requestId, method, path, status: context.res.status, milliseconds: Math.round(milliseconds) }, 'request')
  })

  app.get('/api/healthz', async (context) => {
    // Liveness: a database that is away must not have the tasks replaced that wait for it.
    return context.json({ status: 'ok', database: (await isReachable(pool)) ? 'reachable' : 'unreachable' })
  })

  app.get('/api/info', async (context) => {
    const migration = await currentMigration(pool).catch(() => null)
    return context.json({ environment, commit, migration })
  })

  app.get('/api/metrics', async (context) => {
    return context.text(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType })
  })

  app.get('/api/entries', async (context) => {
    const parsed = parsePage(context.req.query())
    if ('fields' in parsed) return failure(context, 400, 'invalid', 'The request is not valid.', parsed.fields)
    return context.json(await listEntries(pool, parsed.page))
  })

  const tooLarge = (/** @type {import('hono').Context} */ context) => failure(context, 413, 'too_large', 'The body must be at most 8 KB.')
  app.post('/api/entries', bodyLimit({ maxSize: 8 * 1024, onError: tooLarge }), async (context) => {
    // A browser sends this type across origins only with our permission, which nobody gets.
    if (!/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
      return failure(context, 415, 'unsupported_type', 'The body must be application/json.')
    }
    const body = await context.req.json().catch((error) => {
      if (error instanceof SyntaxError) return undefined
      throw error
    })
    if (body === undefined) return failure(context, 400, 'invalid', 'The body is not JSON.')
    const parsed = parseEntry(body)
    if ('fields' in parsed) return failure(context, 422, 'invalid', 'The entry is not valid.', parsed.fields)
    return context.json(await addEntry(pool, parsed.entry), 201)
  })

  app.notFound((context) => failure(context, 404, 'not_found', 'There is nothing here.'))

  app.onError((error, context) => {
    const unavailable = isUnavailable(error)
    logger.error(
      { requestId: context.get('requestId'), error: error.message, ...(unavailable ? {} : { stack: error.stack }) },
      'request failed',
    )
    return unavailable
      ? failure(context, 503, 'database_unavailable', 'The database does not answer.')
      : failure(context, 500, 'internal', 'Something went wrong on our side.')
  })

  return app
}

/**
 * @param {import('hono').Context} context
 * @param {400 | 404 | 413 | 415 | 422 | 500 | 503} status
 * @param {string} code @param {string} message
 * @param {Record<string, string>} [fields]
 */
function failure(context, status, code, message, fields) {
  return context.json({ error: { code, message, ...(fields ? { fields } : {}), requestId: context.get('requestId') } }, status)
}

/** @param {string | undefined} given what a proxy in front may have set; anything odd is not copied into logs */
function requestIdFrom(given) {
  return given && /^[\w.:=-]{1,64}$/.test(given) ? given : randomUUID()
}
