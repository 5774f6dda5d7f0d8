import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConflictError } from '../errors.ts'
import { type ControlCall, callControl, NobodyThere, serveControl } from './control.ts'

let folder: string
let socket: string
let served: { close: () => Promise<void> } | undefined

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'devtool-control-'))
  socket = path.join(folder, 'control')
})
afterEach(async () => {
  await served?.close()
  served = undefined
  await rm(folder, { recursive: true })
})

const serve = async (handle: (call: ControlCall) => Promise<unknown>): Promise<void> => {
  served = await serveControl(socket, handle)
}

test('a call and its answer', async () => {
  await serve(async (call) => ({ got: call }))
  expect(await callControl(socket, 'PUT', '/environments/calm-otter', { a: ['ü', null] })).toEqual({
    got: { method: 'PUT', path: '/environments/calm-otter', body: { a: ['ü', null] } },
  })
  expect(await callControl(socket, 'GET', '/status')).toEqual({ got: { method: 'GET', path: '/status' } })
})

test('what there is not, what is refused, and what is a bug', async () => {
  await serve(async ({ path: where }) => {
    if (where === '/refused') throw new ConflictError('could not: no', { hint: 'try this' })
    if (where === '/bug') throw new TypeError('x is not a function')
    return undefined
  })
  expect(await callControl(socket, 'GET', '/nothing')).toBeUndefined()
  await expect(callControl(socket, 'POST', '/refused')).rejects.toMatchObject({ message: 'could not: no', hint: 'try this', exitCode: 1 })
  await expect(callControl(socket, 'POST', '/bug')).rejects.toThrow('POST /bug: 500 x is not a function')
})

test('nobody there, or nobody any more', async () => {
  await expect(callControl(socket, 'GET', '/status')).rejects.toBeInstanceOf(NobodyThere)
  const server = (await import('node:net')).createServer((connection) => {
    connection.on('error', () => undefined)
    setTimeout(() => connection.destroy(), 20)
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  await expect(callControl(socket, 'GET', '/status')).rejects.toBeInstanceOf(NobodyThere)
  await new Promise((resolve) => server.close(resolve))
})

test('what is no call does not disturb the next one', async () => {
  await serve(async () => ({}))
  const odd = connect(socket)
  odd
    .on('error', () => undefined)
    .resume()
    .end('not http\r\n\r\n')
  await new Promise((resolve) => odd.once('close', resolve))
  expect(await callControl(socket, 'GET', '/x')).toEqual({})
})
