import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { createClients } from '../emulator/agent/account.ts'
import { type RunningEmulator, startRunningEmulator } from '../emulator/agent/agent.ts'
import type { Visit, VisitOptions } from '../emulator/agent/client.ts'
import { gitImages } from '../emulator/agent/container/images.ts'
import { emulatorRegion } from '../emulator/emulator.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { root } from '../support/toolchain.ts'
import { createZone } from './account.ts'

/** An account that runs what is applied to it, bootstrapped for the sample, and a repository of the sample. */

export interface Environment {
  name: string
  status: string
  url: string
  commit: string
}

export interface RunningWorld {
  shop: Project
  emulator: RunningEmulator
  run(...args: string[]): Promise<DevtoolResult>
  /** The environment that a command printed; throws with what it said if it did not succeed. */
  succeed(...args: string[]): Promise<Environment>
  /** The commit that is checked out. */
  head(): Promise<string>
  /** As somebody outside, by its public name. */
  ask(of: Pick<Environment, 'name'>, path: string, init?: VisitOptions): Promise<Visit>
  /** The messages in its guestbook. */
  messages(of: Pick<Environment, 'name'>): Promise<string[]>
  sign(of: Pick<Environment, 'name'>, message: string): Promise<Visit>
  /** A query with the login that a secret holds, in the first database server or the one whose identifier is given. */
  query(secretName: string, database: string, sql: string, instanceId?: string): Promise<unknown[][]>
  remove(): Promise<void>
}

export const DOMAIN = 'preview.example.com'
export const GUESTBOOK_ENTRY = { name: 'Barbara' }

export async function startRunningWorld(branch: string): Promise<RunningWorld> {
  const shop = await createProject({ branch })
  const images = gitImages({ repository: shop.folder, blueprint: 'devtool.yaml', dependencies: root })
  const emulator = await startRunningEmulator({ images })
  const run = (...args: string[]): Promise<DevtoolResult> =>
    devtool(args, { cwd: shop.folder, env: { ...emulator.environment, ...shop.environment } })
  const succeed: RunningWorld['succeed'] = async (...args) => {
    const result = await run(...args)
    if (result.exitCode !== 0) throw new Error(`devtool ${args.join(' ')} ended with ${result.exitCode}\n${result.stderr}`)
    return result.json<Environment>()
  }
  const ask: RunningWorld['ask'] = ({ name }, path, init) => emulator.request(`${name}.${DOMAIN}`, path, init)
  const world: RunningWorld = {
    shop,
    emulator,
    run,
    succeed,
    ask,
    head: async () => (await shop.git('rev-parse', 'HEAD')).trim(),
    messages: async (of) => {
      const { entries } = (await ask(of, '/api/entries')).json<{ entries: { message: string }[] }>()
      return entries.map(({ message }) => message)
    },
    sign: (of, message) => {
      const headers = { 'content-type': 'application/json' }
      return ask(of, '/api/entries', { method: 'POST', headers, body: JSON.stringify({ ...GUESTBOOK_ENTRY, message }) })
    },
    query: async (secretName, database, sql, instanceId) => {
      const endpoint = emulator.databases().find((each) => instanceId === undefined || each.instanceId === instanceId)
      const { secrets } = createClients(emulator.direct['AWS_ENDPOINT_URL'] ?? '', emulatorRegion)
      const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretName }))
      const { username: user, password } = JSON.parse(SecretString)
      const client = new pg.Client({ host: '127.0.0.1', port: endpoint?.to, user, password, database, ssl: { rejectUnauthorized: false } })
      await client.connect()
      try {
        return (await client.query({ text: sql, rowMode: 'array' })).rows
      } finally {
        await client.end()
      }
    },
    remove: async () => {
      await emulator.stop()
      images.remove()
      await shop.remove()
    },
  }
  try {
    await createZone(emulator.direct, DOMAIN)
    await createZone(emulator.direct, 'shop.example.com')
    await succeed('bootstrap', '--yes', '--json')
    return world
  } catch (error) {
    await world.remove()
    throw error
  }
}

export interface Load {
  /** Every answer, oldest first; what was not answered has the status 0. */
  stop(): Promise<{ status: number; text: string }[]>
}

/** A request every 50 milliseconds, whether the last one was answered or not. */
export function startLoad(ask: () => Promise<{ status: number; text: string }>): Load {
  const asked: Promise<{ status: number; text: string }>[] = []
  const timer = setInterval(() => {
    asked.push(
      ask().then(
        ({ status, text }) => ({ status, text }),
        (error: unknown) => ({ status: 0, text: String(error) }),
      ),
    )
  }, 50)
  return {
    stop: () => {
      clearInterval(timer)
      return Promise.all(asked)
    },
  }
}
