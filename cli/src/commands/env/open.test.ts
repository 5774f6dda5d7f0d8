import { describe, expect, test } from 'vitest'
import { type TestContext, testContext } from '../../../tests/support/context.ts'
import { ToolError } from '../../errors.ts'
import type { EnvironmentRecord } from '../../registry/record.ts'

const URL = 'https://calm-otter.preview.example.com'

async function applied(change: Partial<EnvironmentRecord> = {}): Promise<TestContext> {
  const stage = await testContext()
  await stage.run('env', 'create', 'calm-otter', '--apply', '--yes')
  const services = [
    { name: 'web', image: null, url: `${URL}/`, status: 'ready' as const },
    { name: 'api', image: null, url: `${URL}/api`, status: 'ready' as const },
    { name: 'worker', image: null, url: null, status: 'ready' as const },
  ]
  await stage.context.registry(stage.store).update('calm-otter', (record) => ({ ...record, services, ...change }))
  return stage
}

describe('env open', () => {
  test('opens the environment, or a service of it, and prints what it opens', async () => {
    const { run, browser } = await applied()
    expect(await run('env', 'open', 'calm-otter')).toMatchObject({ exitCode: 0, stdout: `${URL}\n` })
    expect((await run('env', 'open', 'calm-otter', 'api')).stdout).toBe(`${URL}/api\n`)
    expect(browser.opened).toEqual([URL, `${URL}/api`])
    const { stdout } = await run('env', 'open', 'calm-otter', '--json')
    expect(JSON.parse(stdout)).toEqual({ name: 'calm-otter', service: null, url: URL, opened: true })
  })

  test('where nobody sits before a display it only prints', async () => {
    const { run, browser } = await applied()
    browser.present = false
    expect(await run('env', 'open', 'calm-otter')).toMatchObject({ exitCode: 0, stdout: `${URL}\n`, stderr: '' })
    expect(browser.opened).toEqual([])
    expect(JSON.parse((await run('env', 'open', 'calm-otter', '--json')).stdout)).toMatchObject({ opened: false })
  })

  test('a browser that cannot be started is a warning', async () => {
    const { run, browser } = await applied()
    browser.open = async () => {
      throw new ToolError('could not start a browser: spawn xdg-open ENOENT')
    }
    const result = await run('env', 'open', 'calm-otter')
    expect(result).toMatchObject({ exitCode: 0, stdout: `${URL}\n` })
    expect(result.stderr).toContain('spawn xdg-open ENOENT')
  })

  test.each([
    ['claimed', 'it was not applied yet', 'devtool env apply calm-otter'],
    ['applying', 'it is being applied', 'devtool env show calm-otter'],
    ['failed', 'it failed', 'devtool env apply calm-otter'],
    ['destroying', 'it is being destroyed', 'devtool env show calm-otter'],
    ['leaked', 'something of it is left', 'devtool env destroy calm-otter'],
  ] as const)('of one that is %s it says what to do instead', async (status, why, command) => {
    const { run, browser } = await applied({ status })
    for (const args of [[], ['web'], ['worker']]) {
      const result = await run('env', 'open', 'calm-otter', ...args)
      expect(result).toMatchObject({ exitCode: 1, stdout: '' })
      expect(result.stderr).toContain(why)
      expect(result.stderr).toContain(command)
      expect(result.stderr).toContain(`what may still answer is ${URL}`)
    }
    expect(browser.opened).toEqual([])
  })

  test('what is destroyed, what never was, and what has no address', async () => {
    const { run, context, store } = await applied({ url: null })
    expect((await run('env', 'open', 'calm-otter')).stderr).toContain('none of its services has a route')
    await run('env', 'destroy', 'calm-otter', '--yes')
    expect((await run('env', 'open', 'calm-otter')).stderr).toContain('devtool env create calm-otter --apply')
    expect((await run('env', 'open', 'never-was')).exitCode).toBe(1)
    expect(await context.registry(store).get('calm-otter')).toBeUndefined()
  })

  test('a service without a route, or that it does not have', async () => {
    const { run, browser } = await applied()
    for (const [service, why] of [
      ['worker', 'it has no route'],
      ['wep', 'it has no such service'],
    ]) {
      const result = await run('env', 'open', 'calm-otter', service as string)
      expect(result.exitCode).toBe(2)
      expect(result.stderr).toContain(why)
      expect(result.stderr).toContain('what can be opened: web, api')
    }
    expect(browser.opened).toEqual([])
  })

  test.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'calm-otter.preview.example.com',
    'https://',
    'https://x\u001b]0;y\u0007',
    'https://a b',
    '--new',
  ])('never opens or prints %j', async (url) => {
    const { run, browser } = await applied({ url })
    const result = await run('env', 'open', 'calm-otter')
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toContain('is not one of http or https')
    expect(browser.opened).toEqual([])
  })

  test('on this machine it is judged by what is seen now', async () => {
    const { run, observer, browser } = await testContext()
    const { name } = JSON.parse((await run('env', 'create', '--target', 'local', '--apply', '--json')).stdout) as { name: string }
    observer.answers.observe = (records) => records.map((record) => ({ ...record, url: `http://${name}.localhost:7400` }))
    expect((await run('env', 'open', name)).stdout).toBe(`http://${name}.localhost:7400\n`)
    observer.answers.observe = (records) => records.map((record) => ({ ...record, status: 'failed' }))
    expect((await run('env', 'open', name)).exitCode).toBe(1)
    expect(browser.opened).toHaveLength(1)
  })
})
