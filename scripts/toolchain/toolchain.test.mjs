import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { zip } from '../zip.mjs'
import { findBrowser, installBrowser } from './browser.mjs'
import { isInstalled } from './dependencies.mjs'
import { findPostgres } from './postgres.mjs'
import { findProvider, providerVersion } from './provider.mjs'
import { platformName } from './shared.mjs'
import { download, findTerraform } from './terraform.mjs'
import { unzip } from './unzip.mjs'

let folder
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'devtool-toolchain-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function program(name, script) {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(path.join(folder, name), 0o755)
  return path.join(folder, name)
}

describe('a download', () => {
  const content = Buffer.from('the archive')
  const sha256 = createHash('sha256').update(content).digest('hex')
  let server
  let url
  beforeAll(async () => {
    server = createServer((request, response) => response.writeHead(request.url === '/there' ? 200 : 404).end(content))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${server.address().port}`
  })
  afterAll(() => server.close())

  test('is what the checksum says', async () => expect(await download(`${url}/there`, sha256)).toEqual(content))
  test('is refused when it is not', () => expect(download(`${url}/there`, 'f'.repeat(64))).rejects.toThrow(`its sha256 is ${sha256}`))
  test('says what the server says', () => expect(download(`${url}/gone`, sha256)).rejects.toThrow('HTTP 404'))
})

describe('archives', () => {
  test('unzip reads what another program packed', async () => {
    const archive = new ZipFile()
    archive.addBuffer(Buffer.from('license'), 'LICENSE.txt')
    archive.addBuffer(Buffer.from('x'.repeat(10_000)), 'terraform', { compress: true })
    archive.end()
    const chunks = []
    for await (const chunk of archive.outputStream) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    expect(bytes.includes(deflateRawSync(Buffer.from('x'.repeat(10_000))).subarray(0, 8))).toBe(true)
    expect(unzip(bytes, 'terraform').toString()).toBe('x'.repeat(10_000))
    expect(() => unzip(bytes, 'tofu')).toThrow('no tofu in the zip archive')
    expect(() => unzip(Buffer.from('not a zip'), 'terraform')).toThrow('not a zip archive')
  })

  test('zip gives the same bytes each time', async () => {
    const [one, two] = await Promise.all([zip({ 'index.js': 'a' }), zip({ 'index.js': 'a' })])
    expect(one.equals(two)).toBe(true)
    expect(createHash('sha256').update(one).digest('hex')).toMatchInlineSnapshot(
      `"108ba21a564ed0305d9356a1185d40e11a53b8fd1d67a8807bbbbb3a6f988dc0"`,
    )
    expect(unzip(one, 'index.js').toString()).toBe('a')
  })
})

describe('finding', () => {
  test('a terraform that is too old is none', () => {
    const old = program('old/terraform', `echo '{"terraform_version":"1.9.8"}'`)
    const recent = program('new/terraform', `echo '{"terraform_version":"1.12.0"}'`)
    expect(findTerraform({ DEVTOOL_TERRAFORM: old })).toBeUndefined()
    expect(findTerraform({ DEVTOOL_TERRAFORM: recent })).toEqual({ path: recent, version: '1.12.0' })
    expect(findTerraform({ DEVTOOL_TERRAFORM: program('broken/terraform', 'exit 1') })).toBeUndefined()
    expect(findTerraform({ DEVTOOL_TERRAFORM: 'tofu', PATH: folder })).toBeUndefined()
  })

  test('a mirror counts when it has the provider for this platform', () => {
    const mirror = path.join(folder, 'mirror')
    const provider = path.join(mirror, 'registry.terraform.io/hashicorp/aws', providerVersion)
    mkdirSync(path.join(provider, 'plan9_mips'), { recursive: true })
    expect(findProvider({ DEVTOOL_PROVIDER_MIRROR: mirror })).toBeUndefined()
    mkdirSync(path.join(provider, platformName()))
    expect(findProvider({ DEVTOOL_PROVIDER_MIRROR: mirror })).toEqual({ mirror, version: providerVersion })
  })

  test('a server without initdb is no server', () => {
    const bin = path.dirname(program('pg/postgres', 'echo "postgres (PostgreSQL) 17.4"'))
    expect(findPostgres({ DEVTOOL_POSTGRES_BIN: bin })).toBeUndefined()
    program('pg/initdb', '')
    program('pg/pg_ctl', '')
    expect(findPostgres({ DEVTOOL_POSTGRES_BIN: bin })).toEqual({ bin, version: '17.4' })
  })

  test('a browser is one that says so', () => {
    const chromium = program('browsers/chromium', 'echo "Chromium 150.0.7871.100 built on Debian GNU/Linux 12 (bookworm)"')
    const chrome = program('chrome/google-chrome', 'echo "Google Chrome 150.0.7871.100 "')
    const snap = path.dirname(program('snap/chromium-browser', 'echo "requires the chromium snap to be installed"; exit 1'))
    const version = '150.0.7871.100'
    expect(findBrowser({ DEVTOOL_CHROMIUM: chrome })).toEqual({ path: chrome, version })
    expect(findBrowser({ PATH: [snap, path.dirname(chromium)].join(path.delimiter) })).toEqual({ path: chromium, version })
    expect(findBrowser({ DEVTOOL_CHROMIUM: path.join(snap, 'chromium-browser'), PATH: path.dirname(chromium) })).toBeUndefined()
  })

  test.each([
    ['linux', 'x64', 'linux_amd64'],
    ['darwin', 'arm64', 'darwin_arm64'],
    ['win32', 'x64', 'windows_amd64'],
  ])('the platform %s %s', (platform, arch, name) => expect(platformName(platform, arch)).toBe(name))
})

describe('installing a browser', () => {
  const browser = { path: '/usr/bin/chromium', version: '150.0' }
  const machine = (results, more = {}) => {
    const asked = []
    const run = (_program, args) => {
      asked.push(args[0])
      return { ok: results.shift() ?? false, reason: 'E: Unable to locate package chromium' }
    }
    return { asked, uid: 0, release: 'NAME="Debian GNU/Linux"\nID=debian\n', aptGet: '/usr/bin/apt-get', run, ...more }
  }
  const install = (on) => installBrowser(on, () => browser)

  test('asks apt-get, and has it look for packages where it knows of none', () => {
    const [ready, fresh] = [machine([true]), machine([false, true, true])]
    expect([install(ready), ready.asked]).toEqual([browser, ['install']])
    expect([install(fresh), fresh.asked]).toEqual([browser, ['install', 'update', 'install']])
  })

  test('says why it could not', () => {
    expect(() => install(machine([]))).toThrow('could not install chromium: E: Unable to locate')
    expect(() => install(machine([true], { named: '/no/such/browser' }))).toThrow('DEVTOOL_CHROMIUM names no browser')
  })

  test.each([
    ['without root', { uid: 1000 }],
    ['on another system', { release: 'ID=ubuntu\nID_LIKE=debian\n' }],
    ['without apt-get', { aptGet: undefined }],
  ])('is not tried %s', (_where, more) => {
    const on = machine([true], more)
    expect([install(on), on.asked]).toEqual([undefined, []])
  })
})

describe('npm dependencies', () => {
  const lock = { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' }, 'node_modules/b': { version: '2.0.0', optional: true } }
  const write = (file, packages) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), JSON.stringify({ packages }))
  }

  test('are installed when npm has recorded each of them', () => {
    write('app/package-lock.json', lock)
    expect(isInstalled(path.join(folder, 'app'))).toBe(false)
    write('app/node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0', integrity: 'x' } })
    expect(isInstalled(path.join(folder, 'app'))).toBe(true)
    write('app/package-lock.json', { ...lock, 'node_modules/a': { version: '1.0.1', integrity: 'y' } })
    expect(isInstalled(path.join(folder, 'app'))).toBe(false)
  })
})
