'use strict'

/**
 * What listens on a port of the container really listens on a free loopback port; a file in `ports/`, named by the container's port, tells it to the
 * agent and to the container's other processes.
 */
const cluster = require('node:cluster')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { threadId } = require('node:worker_threads')
const { canonical, isLoopback, systemError } = require('./common.cjs')

const PORTS = path.join(__dirname, 'ports')

/** Who listens on that port of the container. @returns {{ pid: number, port?: number, loopback: boolean } | undefined} */
function claimOf(port) {
  try {
    return JSON.parse(fs.readFileSync(path.join(PORTS, String(port)), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

let writes = 0
/** Whole or not at all; with `place` = `linkSync` only where there is none yet. */
function writeClaim(port, claim, place) {
  writes += 1
  const temporary = path.join(PORTS, `${process.pid}.${threadId}.${writes}.tmp`)
  fs.writeFileSync(temporary, JSON.stringify(claim))
  try {
    place(temporary, path.join(PORTS, String(port)))
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}

/** False if somebody listens there already. */
function claim(port, loopback) {
  try {
    writeClaim(port, { pid: process.pid, loopback }, fs.linkSync)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const other = claimOf(port)
    if (other !== undefined && isAlive(other.pid)) return false
    release(port)
    return claim(port, loopback)
  }
}

function release(port) {
  fs.rmSync(path.join(PORTS, String(port)), { force: true })
}

/** The forms in which `listen` is called for a port; `undefined` for a path, a handle or a descriptor. */
function listenArguments(args) {
  const callback = args.findLast((argument) => typeof argument === 'function')
  const [first, second] = args
  if (typeof first === 'object' && first !== null) {
    const isPort = !first.path && first.fd === undefined && first._handle === undefined && first.handle === undefined && 'port' in first
    return isPort ? { port: Number(first.port ?? 0), host: first.host, options: first, callback } : undefined
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return undefined
  const port = first === undefined || first === null || typeof first === 'function' ? 0 : Number(first)
  return { port, host: typeof second === 'string' ? second : undefined, options: {}, callback }
}

/** @type {WeakMap<net.Server, { port: number, host: string }>} */
const servers = new WeakMap()
const claimed = new Set()
process.on('exit', () => claimed.forEach(release))

const { listen, address } = net.Server.prototype

net.Server.prototype.listen = function (...args) {
  const asked = listenArguments(args)
  if (asked === undefined || !(asked.port >= 0 && asked.port < 65536)) return listen.apply(this, args)
  // a worker is told the port that its primary listens on, and takes another than it asked for as a mistake
  if (cluster.isWorker) throw new Error('the emulated network does not know node:cluster')
  const host = asked.host || '::'
  const loopback = isLoopback(canonical(host)) && !['::', '0.0.0.0'].includes(host)
  if (asked.port !== 0 && !claim(asked.port, loopback)) {
    const place = { address: host, port: asked.port }
    const error = systemError('EADDRINUSE', 'listen', `address already in use ${host}:${asked.port}`, place)
    error.message = `listen EADDRINUSE: address already in use ${host}:${asked.port}`
    process.nextTick(() => this.emit('error', error))
    return this
  }
  if (asked.port !== 0) claimed.add(asked.port)
  const unused = () => (claimed.delete(asked.port) ? release(asked.port) : undefined)
  this.once('error', unused)
  this.prependOnceListener('listening', () => {
    this.off('error', unused)
    const { port: real } = address.call(this)
    const port = asked.port || real
    servers.set(this, { port, host })
    claimed.add(port)
    writeClaim(port, { pid: process.pid, port: real, loopback }, fs.renameSync)
    this.once('close', () => (claimed.delete(port) ? release(port) : undefined))
  })
  return listen.call(this, { ...asked.options, port: 0, host: '127.0.0.1' }, asked.callback)
}

net.Server.prototype.address = function () {
  const [real, asked] = [address.call(this), servers.get(this)]
  return asked === undefined || real === null
    ? real
    : { address: asked.host, family: asked.host.includes(':') ? 'IPv6' : 'IPv4', port: asked.port }
}

module.exports = { claimOf, isAlive }
