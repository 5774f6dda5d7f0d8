import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { requireTool } from './toolchain.ts'

export interface BrowserOptions {
  /** Where names lead, each with or without a port: `{ 'brave-otter.preview.example.com:443': '127.0.0.1:40443' }`. */
  hosts?: Readonly<Record<string, string>>
  /** Certificates (PEM) that the browser trusts as it would a public authority: one of them has to be in the chain that a server sends. */
  authorities?: readonly string[]
}

export interface Browser {
  /** A new tab. All of them share one set of cookies. */
  open(): Promise<Page>
  /** What went wrong in any page since the last call: errors of scripts, messages of level error, requests without an answer. */
  problems(): string[]
  close(): Promise<void>
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-proxy-server',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What leads nowhere else stays on this machine: a page that asks for anything on the internet is told that there is no such name. */
function resolverRules(hosts: Readonly<Record<string, string>>): string {
  const mapped = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`)
  return [...mapped, 'MAP * ~NOTFOUND', 'EXCLUDE localhost', 'EXCLUDE *.localhost', 'EXCLUDE 127.0.0.1'].join(', ')
}

/** How Chromium names a key: SHA-256 of its SubjectPublicKeyInfo. */
function keyDigest(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

/** Chromium, without a window, in a folder of its own that goes when it is closed. Tests that use it are `describeWith(['browser'], ...)`. */
export async function openBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const profile = await mkdtemp(path.join(tmpdir(), 'devtool-browser-'))
  const trusted = (options.authorities ?? []).map(keyDigest)
  const context = await chromium
    .launchPersistentContext(profile, {
      executablePath: requireTool('browser').path,
      headless: true,
      viewport: { width: 1280, height: 900 },
      args: [
        ...FLAGS,
        `--host-resolver-rules=${resolverRules(options.hosts ?? {})}`,
        ...(trusted.length === 0 ? [] : [`--ignore-certificate-errors-spki-list=${trusted.join(',')}`]),
      ],
    })
    .catch(async (error: unknown) => {
      await rm(profile, { recursive: true, force: true })
      throw error
    })
  context.setDefaultTimeout(15_000)
  const problems: string[] = []
  context.on('weberror', (error) => problems.push(`${error.error().message}`))
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`)
  })
  context.on('requestfailed', (request) => problems.push(`${request.method()} ${request.url()}: ${request.failure()?.errorText}`))
  return {
    open: () => context.newPage(),
    problems: () => problems.splice(0),
    close: async () => {
      try {
        await context.close()
      } finally {
        await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
      }
    },
  }
}
