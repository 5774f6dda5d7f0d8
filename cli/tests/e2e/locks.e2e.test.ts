import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts'
import { childEnvironment, type DevtoolResult, devtool, startDevtool } from '../support/cli.ts'
import { descendants, kill } from '../support/kill.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith, requireTool } from '../support/toolchain.ts'

/** Little, on the platform that is there. */
const BLUEPRINT = `project: shop
region: us-east-1
domain: preview.example.com
services:
  web: { image: "ghcr.io/acme/web:1", port: 3001, route: / }
`
const BUCKET = 'shop-devtool-123456789012-us-east-1'
const MINUTE = 60_000

interface Lock {
  ID: string
  Who: string
  Created: string
}

describeWith(['terraform', 'provider', 'emulator'], "Terraform's locks, and whose they are", () => {
  const account = inject('account')
  let shop: Project
  let github: FakeGitHub
  const proxies: http.Server[] = []

  beforeAll(async () => {
    shop = await createProject({ branch: 'feature/locks', blueprint: BLUEPRINT })
    github = await startFakeGitHub({ repository: 'acme/shop' })
  })
  afterEach(() => {
    for (const proxy of proxies.splice(0)) proxy.close()
    expect(github.faults).toEqual([])
  })
  afterAll(async () => {
    await github.stop()
    await shop.remove()
  })

  const options = (more: Record<string, string> = {}) => ({ cwd: shop.folder, env: { ...account, ...shop.environment, ...more } })
  const run = (args: string[], more: Record<string, string> = {}): Promise<DevtoolResult> => devtool([...args, '--json'], options(more))

  const s3 = (): S3Client =>
    new S3Client({
      endpoint: account['AWS_ENDPOINT_URL'] ?? '',
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    })
  const lockOf = (name: string): string => `state/preview/${name}.tfstate.tflock`
  const read = async <Value>(key: string): Promise<Value | undefined> => {
    const object = await s3()
      .send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
      .catch(() => undefined)
    return object === undefined ? undefined : (JSON.parse((await object.Body?.transformToString()) ?? '') as Value)
  }
  const write = async (key: string, value: unknown): Promise<void> => {
    await s3().send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: JSON.stringify(value) }))
  }

  /** Waits for the lock, and kills what holds it. */
  async function killWithLock(name: string, pid: number): Promise<Lock> {
    for (const start = performance.now(); performance.now() - start < MINUTE; ) {
      const lock = await read<Lock>(lockOf(name))
      if (lock !== undefined) {
        for (const one of [pid, ...(await descendants(pid))]) kill(one)
        return lock
      }
      await delay(20)
    }
    throw new Error(`${name} was not locked within a minute`)
  }

  test('of a run of a workflow whose machine is gone: kept while GitHub says that it runs, broken when it has ended [1][2]', async () => {
    const name = 'locked-runner'
    const workflow = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '1' }
    const running = startDevtool(['env', 'create', name, '--apply', '--yes'], options(workflow))
    const lock = await killWithLock(name, running.pid)
    await running.done

    // that machine was another one, and it is a while ago
    const lease = await read<{ holder: object; since: string; renewedAt: string }>(`registry/leases/${name}.json`)
    const earlier = (time = ''): string => new Date(Date.parse(time) - 10 * MINUTE).toISOString()
    const holder = { ...lease?.holder, user: 'runner', host: 'runnervm1', machine: 'm', boot: 'b/pid:[1]' }
    await write(`registry/leases/${name}.json`, { ...lease, holder, since: earlier(lease?.since), renewedAt: earlier(lease?.renewedAt) })
    await write(lockOf(name), { ...lock, Who: 'runner@runnervm1', Created: earlier(lock.Created) })

    const attempt = { id: 4711, attempt: 1, status: 'in_progress' as const, conclusion: null }
    github.state.workflowRuns.push(attempt)
    const token = { GITHUB_TOKEN: github.rules.token, GITHUB_API_URL: github.url }
    const refused = await run(['env', 'destroy', name, '--yes'], token)
    expect(refused.exitCode).toBe(1)
    expect(JSON.parse(refused.stderr.slice(refused.stderr.indexOf('{')))).toMatchObject({
      error: {
        kind: 'conflict',
        message: expect.stringContaining('run 4711 of acme/shop (apply since '),
        hint: expect.stringContaining('https://github.com/acme/shop/actions/runs/4711/attempts/1'),
      },
    })
    expect(await read<Lock>(lockOf(name))).toMatchObject({ ID: lock.ID })

    Object.assign(attempt, { status: 'completed', conclusion: 'cancelled' })
    const destroyed = await run(['env', 'destroy', name, '--yes'], token)
    expect(destroyed.stderr).toContain('cleared the lock that an interrupted run left (runner@runnervm1')
    expect(destroyed.json<{ status: string }>().status).toBe('destroyed')
    expect([await read(lockOf(name)), await read(`registry/leases/${name}.json`)]).toEqual([undefined, undefined])
  })

  test('of Terraform itself, which lost the answer to it and takes it for that of another [3]', async () => {
    const name = 'locked-twice'
    const proxy = await losingFirstLock(account['AWS_ENDPOINT_URL'] ?? '')
    proxies.push(proxy.server)
    const applied = await run(['env', 'create', name, '--apply', '--yes'], { AWS_ENDPOINT_URL: proxy.url })
    expect(proxy.lost()).toBe(1)
    expect(applied.stderr).toContain('Terraform took its own lock for that of another; it is cleared, and Terraform started again')
    expect(applied.json<{ status: string }>().status).toBe('ready')
    expect(await read(lockOf(name))).toBeUndefined()
  })

  test('of a person who works by hand: never broken, and the hint is the command that does it', async () => {
    // that of the test before
    const name = 'locked-twice'
    const folder = path.join(shop.folder, 'envs', name)
    const terraform = (...args: string[]) =>
      execa(requireTool('terraform').path, [`-chdir=${folder}`, ...args], {
        env: { ...childEnvironment(), ...account },
        extendEnv: false,
        reject: false,
      })
    const plan = terraform('plan', '-input=false')
    const lock = await killWithLock(name, plan.pid ?? 0)
    await plan

    const refused = await run(['env', 'apply', name, '--yes'])
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr).toContain(`${lock.Who} has held its Terraform lock since`)
    expect(refused.stderr).toContain(`terraform -chdir=${folder} force-unlock ${lock.ID}`)
    expect(await read<Lock>(lockOf(name))).toMatchObject({ ID: lock.ID })
    // looking needs no lock
    expect((await run(['env', 'plan', name])).json<{ resources: unknown[] }>().resources).toEqual([])

    expect((await terraform('force-unlock', '-force', lock.ID)).exitCode).toBe(0)
    expect((await run(['env', 'destroy', name, '--yes'])).json<{ status: string }>().status).toBe('destroyed')
  })
})

/** What stands between Terraform and S3: the first lock is written, and nobody hears of it. */
async function losingFirstLock(target: string): Promise<{ url: string; server: http.Server; lost: () => number }> {
  let lost = 0
  const server = http.createServer((request, response) => {
    const { method, url = '/', headers } = request
    const isLock = method === 'PUT' && new URL(url, target).pathname.endsWith('.tflock')
    const forwarded = http.request(new URL(url, target), { method: method ?? 'GET', headers }, (answer) => {
      if (isLock && lost === 0) {
        lost += 1
        answer.resume()
        request.socket.destroy()
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    request.pipe(forwarded)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, lost: () => lost }
}
