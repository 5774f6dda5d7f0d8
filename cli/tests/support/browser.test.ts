import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, openBrowser } from './browser.ts'
import { describeWith } from './toolchain.ts'

const OPENSSL = 'openssl'
const NAME = 'brave-otter.preview.example.com'

/** An authority and a certificate for NAME that it has signed, as `certificate` the chain. */
function certificates(folder: string): { authority: string; certificate: string; key: string } {
  const openssl = (...args: string[]): void => void execFileSync(OPENSSL, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=An authority of a test', '-keyout', 'ca.key', '-out', 'ca.crt')
  openssl('req', ...key, '-subj', `/CN=${NAME}`, '-keyout', 'leaf.key', '-out', 'leaf.csr')
  writeFileSync(path.join(folder, 'leaf.ext'), `subjectAltName=DNS:${NAME}`)
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'leaf.ext', '-days', '2']
  openssl('x509', '-req', '-in', 'leaf.csr', ...signed, '-out', 'leaf.crt')
  const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8')
  return { authority: read('ca.crt'), certificate: read('leaf.crt') + read('ca.crt'), key: read('leaf.key') }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describeWith(['browser'], 'the browser', () => {
  const page = `<title>here</title><h1></h1><script>document.querySelector('h1').textContent = location.host</script>`
  const http = createHttpServer((request, response) => {
    const body = request.url === '/broken' ? '<script>nothing.here()</script><img src="http://elsewhere.example.com/x.png">' : page
    response.writeHead(request.url === '/favicon.ico' ? 204 : 200, { 'content-type': 'text/html' }).end(body)
  })
  const https = createHttpsServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
  const ports = { http: 0, https: 0 }
  const { TMPDIR } = process.env
  let folder: string
  let browser: Browser

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'devtool-browsers-'))
    const { authority, certificate, key } = certificates(folder)
    https.setSecureContext({ cert: certificate, key })
    ports.http = await listening(http)
    ports.https = await listening(https)
    // whatever a browser leaves behind, it leaves here
    process.env['TMPDIR'] = path.join(folder, 'tmp')
    mkdirSync(process.env['TMPDIR'])
    const hosts = { [`${NAME}:80`]: `127.0.0.1:${ports.http}`, [`${NAME}:443`]: `127.0.0.1:${ports.https}` }
    browser = await openBrowser({ hosts, authorities: [authority] })
  })
  afterAll(async () => {
    await browser?.close()
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
    for (const server of [http, https]) server.close().closeAllConnections()
    rmSync(folder, { recursive: true })
  })

  const heading = async (from: Browser, url: string): Promise<string | null> => {
    const tab = await from.open()
    try {
      await tab.goto(url)
      return await tab.getByRole('heading').textContent()
    } finally {
      await tab.close()
    }
  }

  test('runs the scripts of a page on loopback', async () => {
    expect(await heading(browser, `http://127.0.0.1:${ports.http}/`)).toBe(`127.0.0.1:${ports.http}`)
    expect(await heading(browser, `http://calm-otter.localhost:${ports.http}/`)).toBe(`calm-otter.localhost:${ports.http}`)
    expect(browser.problems()).toEqual([])
  })

  test('finds names where they were said to be, on either protocol', async () => {
    expect(await heading(browser, `http://${NAME}/`)).toBe(NAME)
    expect(await heading(browser, `https://${NAME}/`)).toBe(NAME)
  })

  test('goes nowhere else, and says what went wrong in a page', async () => {
    await expect(heading(browser, 'http://elsewhere.example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED')
    browser.problems()
    const tab = await browser.open()
    await tab.goto(`http://127.0.0.1:${ports.http}/broken`, { waitUntil: 'load' })
    const problems = browser.problems().join('\n')
    expect(problems).toContain('nothing is not defined')
    expect(problems).toContain('http://elsewhere.example.com/x.png: net::ERR_NAME_NOT_RESOLVED')
    expect(browser.problems()).toEqual([])
  })

  test('trusts an authority only where it was told to, and leaves nothing behind', async () => {
    const temporary = (): string[] => readdirSync(path.join(folder, 'tmp'))
    const before = temporary()
    const other = await openBrowser({ hosts: { [`${NAME}:443`]: `127.0.0.1:${ports.https}` } })
    try {
      expect(temporary().length).toBeGreaterThan(before.length)
      await expect(heading(other, `https://${NAME}/`)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
    } finally {
      await other.close()
    }
    expect(temporary()).toEqual(before)
  })
})
