'use strict'

/**
 * The network of a container, for the Node processes in it: loaded by `--require`, from a copy in the container's folder. A connect to a
 * name or an address is looked up in `network.json` beside this file, which the agent rewrites.
 */
const dns = require('node:dns')
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')
const net = require('node:net')
const path = require('node:path')
const { isMainThread } = require('node:worker_threads')
const { canonical, isLoopback, systemError } = require('./common.cjs')
const { claimOf, isAlive } = require('./listening.cjs')

const TABLE = path.join(__dirname, 'network.json')
// what a security group does not allow is dropped without a word; the kernel would give up after two minutes
const DROPPED_MS = 1000
const AGENT_MS = 2000

/** @typedef {{ port: number } | 'timeout' | 'refused'} Verdict */
/** @typedef {{ agent: number, pass: number[], routes: Map<string, Verdict>, hosts: Set<string>, aliases: Map<string, string> }} Table */

let version = ''
/** @type {Table} */
let table = { agent: 0, pass: [], routes: new Map(), hosts: new Set(), aliases: new Map() }

/** An address for a name that the table has without one, always the same (RFC 6598: of nobody's network). @param {string} name */
function addressOf(name) {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return `100.${64 + ((hash >>> 16) & 63)}.${(hash >>> 8) & 255}.${hash & 255}`
}

/** The table as it is now. @returns {Table} */
function current() {
  try {
    const { mtimeMs, ino, size } = fs.statSync(TABLE)
    if (version === `${mtimeMs} ${ino} ${size}`) return table
    const { agent, pass, routes } = JSON.parse(fs.readFileSync(TABLE, 'utf8'))
    const hosts = new Set(routes.map(({ host }) => canonical(host)))
    table = {
      ...{ agent, pass, hosts },
      routes: new Map(routes.map(({ host, port, to }) => [`${canonical(host)} ${port}`, to])),
      aliases: new Map([...hosts].filter((host) => net.isIP(host) === 0).map((host) => [addressOf(host), host])),
    }
    version = `${mtimeMs} ${ino} ${size}`
  } catch (error) {
    // the container is being removed
    if (error.code !== 'ENOENT') throw error
  }
  return table
}

/** @returns {Verdict | 'pass' | 'unknown'} */
function decide(host, port) {
  const { routes, hosts, aliases, pass } = current()
  const name = aliases.get(host) ?? host
  const own = isLoopback(name) ? claimOf(port) : undefined
  if (own?.port !== undefined) return { port: own.port }
  const route = routes.get(`${name} ${port}`)
  if (route !== undefined) return route
  if (isLoopback(name)) return pass.includes(port) ? 'pass' : 'refused'
  return net.isIP(name) === 0 && !hosts.has(name) ? 'unknown' : 'timeout'
}

/** The forms in which `connect` is called; `net.connect` has put them into one list already. */
function connectArguments(args) {
  if (Array.isArray(args[0])) return { options: args[0][0], callback: args[0][1] ?? undefined }
  const callback = args.findLast((argument) => typeof argument === 'function')
  if (typeof args[0] === 'object' && args[0] !== null) return { options: args[0], callback }
  if (typeof args[0] === 'string' && !/^\d+$/.test(args[0])) return { options: { path: args[0] }, callback }
  return { options: { port: args[0], ...(typeof args[1] === 'string' ? { host: args[1] } : {}) }, callback }
}

function failLater(socket, error, milliseconds, callback) {
  // what is written meanwhile waits, as with a real attempt
  socket.connecting = true
  if (callback) socket.once('connect', callback)
  const timer = setTimeout(() => socket.destroy(error), milliseconds)
  socket.once('close', () => clearTimeout(timer))
  return socket
}

const { connect } = net.Socket.prototype

net.Socket.prototype.connect = function (...args) {
  const { options, callback } = connectArguments(args)
  const port = Number(options.port)
  if (options.path || !Number.isInteger(port)) return connect.apply(this, args)
  const asked = canonical(options.host ?? 'localhost')
  const verdict = decide(asked, port)
  if (verdict === 'pass') return connect.apply(this, args)
  const place = { address: asked, port }
  if (verdict === 'unknown') return failLater(this, systemError('ENOTFOUND', 'getaddrinfo', asked, { hostname: asked }), 0, callback)
  if (verdict === 'refused') return failLater(this, systemError('ECONNREFUSED', 'connect', `${asked}:${port}`, place), 0, callback)
  if (verdict === 'timeout') return failLater(this, systemError('ETIMEDOUT', 'connect', `${asked}:${port}`, place), DROPPED_MS, callback)
  const { localAddress, localPort, lookup, family, ...rest } = options
  connect.call(this, { ...rest, host: '127.0.0.1', port: verdict.port }, callback)
  // what TLS compares a certificate with when it is told no name
  if (net.isIP(asked) === 0) this._host = asked
  return this
}

/** @returns {string | Error | undefined} `undefined` leaves it to the system */
function resolve(hostname) {
  if (typeof hostname !== 'string' || hostname === '' || net.isIP(hostname) !== 0) return undefined
  const name = canonical(hostname)
  if (isLoopback(name)) return '127.0.0.1'
  return current().hosts.has(name) ? addressOf(name) : systemError('ENOTFOUND', 'getaddrinfo', hostname, { hostname })
}

/** @param {string | Error} answer */
function found(answer, options) {
  const family = typeof options === 'number' ? options : options?.family
  if (answer instanceof Error) return { error: answer }
  if (family === 6 || family === 'IPv6') return { error: systemError('ENOTFOUND', 'getaddrinfo', answer, { hostname: answer }) }
  return { entry: { address: answer, family: 4 }, all: options?.all === true }
}

const { lookup } = dns
dns.lookup = function (hostname, ...rest) {
  const answer = resolve(hostname)
  const callback = rest.at(-1)
  if (answer === undefined || typeof callback !== 'function') return lookup.call(this, hostname, ...rest)
  const { error, entry, all } = found(answer, rest[0])
  process.nextTick(() => {
    if (error) callback(error)
    else if (all) callback(null, [entry])
    else callback(null, entry.address, entry.family)
  })
  return {}
}
// with what `util.promisify` goes by
Object.defineProperties(dns.lookup, Object.getOwnPropertyDescriptors(lookup))

const { lookup: lookupPromise } = dns.promises
dns.promises.lookup = async function (hostname, options) {
  const answer = resolve(hostname)
  if (answer === undefined) return lookupPromise.call(this, hostname, options)
  const { error, entry, all } = found(answer, options)
  if (error) throw error
  return all ? [entry] : entry
}

syncBuiltinESMExports()

// an agent that was killed leaves nothing running
if (isMainThread) {
  const watch = setInterval(() => (isAlive(current().agent) ? undefined : process.kill(process.pid, 'SIGKILL')), AGENT_MS)
  watch.unref()
}
