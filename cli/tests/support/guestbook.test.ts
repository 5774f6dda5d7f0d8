import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RoutedService, type Router, startRouter } from '../../src/machine/router.ts'
import { type Browser, openBrowser } from './browser.ts'
import { signersOn, signGuestbook } from './guestbook.ts'
import { describeWith } from './toolchain.ts'

/** The parts of services/testing, which is JavaScript, that are used here. */
interface Testing {
  startPostgres(): Promise<{ env(): Record<string, string>; stop(): Promise<void> }>
  runService(service: string, env: Record<string, string>): Promise<{ code: number | null; stderr: string }>
  startService(service: string, env: Record<string, string>): Promise<{ port: number; stop(): Promise<unknown> }>
}

const testing = async (): Promise<Testing> => {
  const [postgres, service] = ['postgres.js', 'service.js'].map(
    (file) => new URL(`../../../services/testing/${file}`, import.meta.url).href,
  )
  return { ...(await import(`${postgres}`)), ...(await import(`${service}`)) }
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const routed = (name: string, route: string, port: number): RoutedService => ({
  ...{ name, route, port, status: 'ready' },
  ...{ lastLines: () => [], reason: null },
})

describeWith(['browser', 'postgres'], 'the guestbook in a browser', () => {
  const started: { stop(): Promise<unknown> }[] = []
  const services: RoutedService[] = []
  let router: Router
  let browser: Browser
  let url: string

  beforeAll(async () => {
    const { startPostgres, runService, startService } = await testing()
    router = await startRouter({ port: 0, environments: () => [{ name: 'quiet-otter', url, services }] })
    started.push({ stop: () => router.close() })
    url = `http://quiet-otter.localhost:${router.port}`
    const postgres = await startPostgres()
    started.push(postgres)
    const shared = { DEVTOOL_ENV: 'quiet-otter', DEVTOOL_COMMIT: COMMIT, PUBLIC_URL: url, WEB_URL: url, API_URL: `${url}/api` }
    expect(await runService('migrations', { ...shared, ...postgres.env(), DEVTOOL_SEED: 'seed.sql' })).toMatchObject({ code: 0 })
    const api = await startService('api', { ...shared, ...postgres.env() })
    started.push(api)
    const web = await startService('web', shared)
    started.push(web)
    services.push(routed('web', '/', web.port), routed('api', '/api', api.port))
    browser = await openBrowser()
    started.push({ stop: () => browser.close() })
  })
  afterAll(async () => {
    for (const { stop } of started.reverse()) await stop()
  })

  test('shows environment and commit, and keeps what is signed', async () => {
    const page = await browser.open()
    const before = await page.goto(url).then(() => signersOn(page))
    const one = await signGuestbook(page, url, { environment: 'quiet-otter', commit: COMMIT })
    const two = await signGuestbook(page, url, { environment: 'quiet-otter', commit: COMMIT, name: '<i>Grace</i>' })
    expect(await signersOn(page)).toEqual(['<i>Grace</i>', one.name, ...before])
    expect(two.id).toBeGreaterThan(one.id)
    expect(browser.problems()).toEqual([])
    const { DEVTOOL_SCREENSHOTS: folder } = process.env
    if (folder !== undefined) await page.screenshot({ path: `${folder}/guestbook.png`, fullPage: true })
  })

  test('does not take another environment, or another commit, for this one', async () => {
    const page = await browser.open()
    await expect(signGuestbook(page, url, { environment: 'brave-otter', commit: COMMIT })).rejects.toThrow('quiet-otter')
    await expect(signGuestbook(page, url, { environment: 'quiet-otter', commit: 'c0ffee' })).rejects.toThrow('c0ffee')
  })
})
