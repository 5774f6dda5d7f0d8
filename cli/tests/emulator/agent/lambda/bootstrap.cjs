'use strict'

/**
 * What the Node runtime of Lambda does with one invocation: reads it from the file in its argument, calls the handler and writes what came of it
 * beside that file. What the function prints is its log.
 */
const fs = require('node:fs')
const path = require('node:path')
const { format } = require('node:util')
const { pathToFileURL } = require('node:url')

const out = path.join(__dirname, 'out')
const { event, handler, root, deadlineMs, context } = JSON.parse(fs.readFileSync(path.join(__dirname, 'invocation.json'), 'utf8'))

function log(level, values) {
  // a line break in a message is a carriage return in the log, as there: one message stays one event
  const text = format(...values).replace(/\n/g, '\r')
  process.stdout.write(`${new Date().toISOString()}\t${context.awsRequestId}\t${level}\t${text}\n`)
}

for (const [method, level] of Object.entries({ log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG', trace: 'TRACE' })) {
  globalThis.console[method] = (...values) => log(level, values)
}

function finish(failed, body) {
  const file = path.join(out, 'result.json')
  fs.writeFileSync(`${file}.tmp`, JSON.stringify({ failed, body }))
  fs.renameSync(`${file}.tmp`, file)
  // what was printed goes out before it ends
  process.stdout.write('', () => process.exit(0))
}

function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

function fail(title, error) {
  const description = describe(error)
  log('ERROR', [`${title} \t${JSON.stringify({ ...description, stack: description.trace })}`])
  finish(true, JSON.stringify(description))
}

function named(name, message) {
  return Object.assign(new Error(message), { name })
}

/** The file of a handler such as `src/index.handler`, and the path of the function in what it exports. */
async function load() {
  const [, name, exported] = /^([^.]*)\.(.*)$/.exec(path.basename(handler)) ?? []
  if (name === undefined || handler.includes('..')) throw named('Runtime.MalformedHandlerName', 'Bad handler')
  const file = path.join(path.dirname(handler), name)
  const found = ['.js', '.mjs', '.cjs'].map((extension) => path.join(root, file + extension)).find((place) => fs.existsSync(place))
  const missing = `Error: Cannot find module '${name}'\nRequire stack:\n- /var/runtime/index.mjs`
  if (found === undefined) throw named('Runtime.ImportModuleError', missing)
  const module = await import(pathToFileURL(found).href).catch((error) => {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error))
    throw ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error.code) ? named('Runtime.ImportModuleError', String(error)) : error
  })
  const within = (value) => exported.split('.').reduce((inner, name) => inner?.[name], value)
  const called = within(module) ?? within(module.default)
  if (called === undefined) throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`)
  if (typeof called !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is not a function`)
  return called
}

function call(called) {
  const started = Date.now()
  const getRemainingTimeInMillis = () => Math.max(0, started + deadlineMs - Date.now())
  const whole = { ...context, callbackWaitsForEmptyEventLoop: true, getRemainingTimeInMillis }
  // the agent counts the time limit from here
  fs.writeFileSync(path.join(out, 'started'), String(started))
  return new Promise((resolve, reject) => {
    let answer = null
    const callback = (error, value) => {
      answer = value
      if (error) reject(error)
      else if (!whole.callbackWaitsForEmptyEventLoop) resolve(value)
    }
    const returned = called(event, whole, callback)
    if (typeof returned?.then === 'function') resolve(returned)
    else process.once('beforeExit', () => resolve(answer))
  })
}

async function main() {
  let called
  try {
    called = await load()
  } catch (error) {
    return fail('Uncaught Exception', error)
  }
  let value
  try {
    value = await call(called)
  } catch (error) {
    return fail('Invoke Error', error)
  }
  try {
    return finish(false, JSON.stringify(value) ?? 'null')
  } catch {
    return fail('Invoke Error', named('Runtime.MarshalError', 'Unable to stringify response body'))
  }
}

process.on('uncaughtException', (error) => fail('Uncaught Exception', error))
process.on('unhandledRejection', (reason) =>
  fail('Unhandled Promise Rejection', named('Runtime.UnhandledPromiseRejection', String(reason))),
)
void main()
