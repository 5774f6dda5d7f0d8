import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from './certificates.ts'
import type { Authority } from './ports.ts'

describe('the authority of the emulator', () => {
  let folder: string
  let authority: Authority
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'devtool-authority-'))
    authority = await createAuthority(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function handshake(names: readonly string[], servername: string, ca: string | undefined): Promise<string> {
    const { certificate, key } = await authority.leaf(names)
    const server = tls.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => socket.end())
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const checks = servername === '127.0.0.1' ? {} : { servername }
    const socket = tls.connect({ host: '127.0.0.1', port, ...checks, ...(ca === undefined ? {} : { ca }) })
    try {
      return await new Promise((resolve) => {
        socket.once('secureConnect', () => resolve('trusted'))
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      })
    } finally {
      socket.destroy()
      server.close()
    }
  }

  test.each([
    ['a name', ['db.example.com'], 'db.example.com', 'trusted'],
    ['a wildcard', ['*.preview.example.com'], 'calm-otter.preview.example.com', 'trusted'],
    ['an address', ['127.0.0.1'], '127.0.0.1', 'trusted'],
    ['a name longer than a common name', [`${'a'.repeat(60)}.example.com`], `${'a'.repeat(60)}.example.com`, 'trusted'],
    ['another name', ['db.example.com'], 'other.example.com', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('a leaf for %s', async (_, names, asked, outcome) => {
    expect(await handshake(names, asked, readFileSync(authority.file, 'utf8'))).toBe(outcome)
  })

  test('nobody trusts it who was not told to', async () => {
    expect(await handshake(['db.example.com'], 'db.example.com', undefined)).toBe('SELF_SIGNED_CERT_IN_CHAIN')
  })

  test('a leaf is made once, and its key is for the owner alone', async () => {
    const [one, two] = await Promise.all([
      authority.leaf(['a.example.com', 'b.example.com']),
      authority.leaf(['B.example.com', 'a.example.com']),
    ])
    expect(one).toEqual(two)
    expect((await stat(one.key)).mode & 0o077).toBe(0)
  })

  test.each([[['a b']], [['x\nsubjectAltName = DNS:evil']], [['a,DNS:b']], [[]]])('no certificate for %j', async (names) => {
    await expect(authority.leaf(names)).rejects.toThrow('not a host name or address')
  })
})
