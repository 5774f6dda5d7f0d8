import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { testContext } from '../../tests/support/context.ts'
import type { Context } from '../context.ts'
import { createFolderStore } from '../registry/folder-store.ts'
import type { ObjectStore } from '../system/object-store.ts'
import { createAwsTarget } from '../targets/aws/target.ts'
import { accountWith, SAVED } from '../targets/aws/testing.ts'
import type { Root } from '../targets/target.ts'
import type { ChangeOptions, Outcome, Terraform } from '../terraform/driver.ts'
import { applyEnvironment } from './apply.ts'
import { destroyEnvironment } from './destroy.ts'
import { openProject, type Project } from './project.ts'

const NAME = 'calm-otter'
const STATE = `state/preview/${NAME}.tfstate`
const stateWith = (resources: unknown[]): string => JSON.stringify({ version: 4, serial: 1, lineage: 'l', resources })
const FULL = stateWith([{ mode: 'managed', type: 'aws_ecs_service', name: 'web', instances: [{}] }])
const OUTPUTS = { url: { sensitive: false, value: 'https://x' }, services: { sensitive: false, value: {} } }

/** What ends a run: its write of that number is the last that it does, or the first that it does not. */
interface Death {
  at: number
  done: boolean
}

interface World {
  store: ObjectStore
  /** `main.tf` of what Terraform was started on, in order: `apply one`. */
  ran: string[]
  /** The number of writes that it came to; a run that dies does nothing any more. */
  apply(version: string, death?: Death): Promise<{ writes: number; died: boolean }>
  destroy(death?: Death): Promise<{ writes: number; died: boolean }>
  /** As versions that wrote no digest down left it. */
  makeOld(): Promise<void>
  left(): Promise<string[]>
}

async function createWorld(): Promise<World> {
  const base = await testContext()
  const { context, folder } = base
  const project: Project = await openProject(context)
  const buckets = await mkdtemp(path.join(tmpdir(), 'devtool-crashes-'))
  const states = createFolderStore(path.join(buckets, 'states'), context)
  const { store } = base
  const ran: string[] = []
  const directory = `envs/${NAME}`
  await context.files.write(path.join(folder, 'modules/web/main.tf'), '')
  await context.files.write(path.join(folder, directory, 'variables.tf'), '')

  const processWith = (death: Death | undefined) => {
    let writes = 0
    let dead = false
    const live = <Value>(work: () => Promise<Value>): Promise<Value> => (dead ? Promise.reject(new Error('killed')) : work())
    const write = async <Value>(work: () => Promise<Value>): Promise<Value> => {
      const isLast = death?.at === writes++
      if (!isLast) return live(work)
      if (death.done) await live(work)
      dead = true
      throw new Error('killed')
    }
    const mortal = (real: ObjectStore): ObjectStore => ({
      location: real.location,
      get: (key) => live(() => real.get(key)),
      list: (prefix) => live(() => real.list(prefix)),
      getBytes: (key) => live(() => real.getBytes(key)),
      put: (...args) => write(() => real.put(...args)),
      remove: (...args) => write(() => real.remove(...args)),
      putBytes: (...args) => write(() => real.putBytes(...args)),
    })
    const [ownStore, ownStates] = [mortal(store), mortal(states)]
    const change = async (what: string, after: string, { directory: at }: ChangeOptions): Promise<Outcome> => {
      ran.push(`${what} ${await context.files.readText(path.join(at, 'main.tf'))}`)
      await ownStates.put(STATE, after)
      return { ...SAVED, outputs: OUTPUTS }
    }
    const terraform: Partial<Terraform> = {
      engine: { command: '/nowhere', product: 'terraform', version: '1.11.4', platform: 'linux_amd64' },
      init: async () => ({ skipped: false, lockCompleted: false, providers: null }),
      plan: async () => SAVED,
      showPlan: async () => [],
      withPlanFile: (work) => work('/nowhere/plan'),
      apply: (options) => change('apply', FULL, options),
      destroy: (options) => change('destroy', stateWith([]), options),
    }
    const own: Context = {
      ...context,
      openStore: async (place, kind) => (kind === 'local' ? context.openStore(place, kind) : ownStore),
      target: async () =>
        createAwsTarget({
          ...context,
          // destroying is for whoever has no checkout
          repository: path.join(folder, 'elsewhere'),
          aws: accountWith({}),
          account: { id: '123456789012', bucket: 'shop-devtool' },
          project: 'shop',
          store: ownStore,
          states: ownStates,
          terraform: async () => terraform as Terraform,
        }),
    }
    const run = async (work: (context: Context) => Promise<unknown>): Promise<{ writes: number; died: boolean }> => {
      try {
        await work(own)
      } catch (error) {
        if (!dead) throw error
      }
      return { writes, died: dead }
    }
    return run
  }

  return {
    store,
    ran,
    apply: async (version, death) => {
      await context.files.write(path.join(folder, directory, 'main.tf'), version)
      const document = {
        ...({ schema: 1, name: NAME, project: 'shop', template: 'preview', target: 'aws', pinned: false, modules: null } as const),
        ...{ repository: null, pullRequest: null, branch: 'feature/cart', commit: null, ttl: '72h', images: {} },
      }
      const blueprint = { ...project.blueprint, hostname: null } as Root['blueprint']
      const root: Root = { name: NAME, document, blueprint, repository: folder, rendering: { directory, modules: 'modules' } }
      return processWith(death)((own) => applyEnvironment(own, project, root, { takeOver: true }))
    },
    destroy: (death) => processWith(death)((own) => destroyEnvironment(own, project, NAME, { takeOver: true })),
    makeOld: async () => {
      const [key = ''] = await store.list('bundles/')
      await store.putBytes(`bundles/${NAME}.tgz`, (await store.getBytes(key)) ?? new Uint8Array())
      await store.remove(key)
      await context.registry(store).update(NAME, ({ bundle: _, ...record }) => record)
    },
    left: async () => [...(await store.list('')), ...(await states.list(''))].filter((key) => !key.startsWith('registry/destroyed/')),
  }
}

/** Each write of a run, the moment before it and the moment after it; ends after the run that nothing kills any more. */
async function* deaths(): AsyncGenerator<Death, void, boolean> {
  for (let at = 0; ; at += 1) {
    const isReached = yield { at, done: false }
    if (!isReached) return
    yield { at, done: true }
  }
}

async function everyDeath(round: (death: Death) => Promise<boolean>): Promise<number> {
  let rounds = 0
  const all = deaths()
  for (let next = await all.next(true); next.done !== true; next = await all.next(await round(next.value))) rounds += 1
  return rounds
}

describe.each([
  ['with a digest', false],
  ['of a version that wrote none down', true],
])('an environment %s', (_, isOld) => {
  const applied = async (): Promise<World> => {
    const world = await createWorld()
    await world.apply('one')
    if (isOld) await world.makeOld()
    return world
  }

  test('can be destroyed after an apply that died at any write, from what was applied last [13][P6]', async () => {
    const rounds = await everyDeath(async (death) => {
      const world = await applied()
      const { died } = await world.apply('two', death)
      const before = world.ran.length
      await world.destroy()
      const last = world.ran.at(-1)
      expect(['destroy one', 'destroy two']).toContain(last)
      if (world.ran.slice(0, before).includes('apply two')) expect(last).toBe('destroy two')
      expect(await world.left()).toEqual([])
      return died
    })
    // the lease, the bundle, the record before, Terraform's state, the record twice, the old bundle, the lease; before and after each
    expect(rounds).toBeGreaterThan(14)
  })

  test('is destroyed by the next run where one died at any write of destroying it [P6]', async () => {
    const rounds = await everyDeath(async (death) => {
      const world = await applied()
      const { died } = await world.destroy(death)
      await world.destroy()
      expect(world.ran[1]).toBe('destroy one')
      expect(await world.left()).toEqual([])
      return died
    })
    expect(rounds).toBeGreaterThan(14)
  })

  test('has one bundle after each apply, under its own digest', async () => {
    const world = await applied()
    for (const version of ['two', 'three', 'three']) await world.apply(version)
    const keys = await world.store.list('bundles/')
    expect(keys).toEqual([expect.stringMatching(/^bundles\/calm-otter\.[0-9a-f]{64}\.tgz$/)])
    const record = JSON.parse((await world.store.get(`registry/environments/${NAME}.json`))?.body ?? '') as { bundle: string }
    expect(keys).toEqual([`bundles/${NAME}.${record.bundle}.tgz`])
  })
})

test('a first apply that died at any write leaves nothing that cannot be destroyed', async () => {
  await everyDeath(async (death) => {
    const world = await createWorld()
    const { died } = await world.apply('one', death)
    // one that died before it had the name has left nothing
    if (await world.store.get(`registry/environments/${NAME}.json`)) await world.destroy()
    const left = (await world.left()).filter((key) => !key.startsWith('registry/slots/'))
    expect(left).toEqual([])
    return died
  })
})
