import path from 'node:path'
import { parseDocument } from '../../src/environment/document.ts'
import type { Files } from '../../src/system/files.ts'
import { refused, SAVED } from '../../src/targets/aws/testing.ts'
import type { ChangeOptions, Outcome, Terraform } from '../../src/terraform/driver.ts'
import type { PlannedChange } from '../../src/terraform/state.ts'
import { KINDS, type Kind, kindsOf } from './account.ts'
import { CHECKOUT } from './disk.ts'
import { openState, type StateAt } from './engine-state.ts'
import { createWork, type Work } from './engine-work.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** A root as the engine finds it in its folder. */
interface Root {
  name: string
  commit: string
  pullRequest: number | null
  imports: Map<string, string>
}

export const addressOf = (kind: Kind): string => `${KINDS[kind].type}.it`

/**
 * Terraform as far as a life depends on it: it works on what lies in its folder, locks the state, changes one thing after the other, writes its
 * state every 20 seconds and at its end, and frees the lock. If it dies, the lock stays and what it made last is in no state.
 */
export function createEngine(world: World, process: Process, files: Files): Terraform {
  const { account, timeline } = world
  let plans = 0

  const read = async (directory: string): Promise<Root> => {
    const text = (await files.readText(path.join(directory, 'environment.json'))) ?? ''
    const { name, commit, pullRequest } = parseDocument(text, 'environment.json')
    const adopted = (await files.readText(path.join(directory, 'adopted.devtool.tf'))) ?? ''
    const imports = [...adopted.matchAll(/to = (\S+)\n\s*id = "([^"]+)"/g)].map(([, to = '', id = '']): [string, string] => [to, id])
    return { name, commit: commit ?? '', pullRequest, imports: new Map(imports) }
  }

  /** One run of the engine; `work` says what it does with the state. */
  const change = async (options: ChangeOptions, work: (root: Root, state: StateAt, tools: Work) => Promise<void>): Promise<Outcome> => {
    const root = await read(options.directory)
    return account.working(process, root.name, async () => {
      const state = await openState(world, process, root.name)
      if (state === undefined) return refused('state-lock', 'somebody holds the lock')
      const tools = createWork({ world, process, environment: root.name, state, signal: options.signal })
      const kind = await tools.attempt(() => work(root, state, tools))
      await state.close()
      if (kind === null) return { ...SAVED, outputs: outputsOf(root.name) }
      return { ...refused(kind, `AWS says: ${kind}`), interrupted: kind === 'interrupted' }
    })
  }

  const refuse = (what: string) => (): Promise<never> => Promise.reject(new Error(`no workflow of a pull request should ${what}`))

  return {
    engine: { command: '/terraform', product: 'terraform', version: '1.11.4', platform: 'linux_amd64' },
    init: async ({ directory }) => {
      const { name, commit, pullRequest } = await read(directory)
      // anywhere else it is unpacked to be destroyed
      const isCheckout = directory.startsWith(CHECKOUT)
      if (isCheckout) account.happenings.push({ what: 'trying', environment: name, pullRequest, commit, at: timeline.now })
      await process.pass('terraform init', () => undefined)
      return { skipped: false, lockCompleted: false, providers: null }
    },
    plan: (options) =>
      change(options, async ({ commit, imports }, { known }) => {
        const isThere = (kind: Kind): boolean => known.some((thing) => thing.kind === kind && account.things.has(thing.id))
        const created = kindsOf(commit).filter((kind) => !isThere(kind) && !imports.has(addressOf(kind)))
        const changes = created.map(
          (kind): PlannedChange => ({ address: addressOf(kind), type: KINDS[kind].type, actions: ['create'], after: {} }),
        )
        if (options.out !== undefined) await files.write(options.out, JSON.stringify(changes))
      }),
    showPlan: async ({ planFile }) => JSON.parse((await files.readText(planFile)) ?? '') as PlannedChange[],
    apply: (options) => {
      const { targets } = options
      return change(options, async ({ name, commit, pullRequest, imports }, state, tools) => {
        const wanted = kindsOf(commit).filter((kind) => targets === undefined || targets.includes(addressOf(kind)))
        if (targets === undefined) {
          world.checkApply(process, { name, commit, pullRequest })
          account.happenings.push({ what: 'applying', environment: name, pullRequest, commit, at: timeline.now })
        }
        await tools.refresh()
        for (const [address, id] of imports) if (targets === undefined || targets.includes(address)) await tools.adopt(id)
        for (const kind of wanted) {
          if (targets === undefined && kind === 'service' && world.refuses(commit)) tools.stop('quota')
          await tools.bring(kind, commit)
        }
        if (targets === undefined) for (const thing of state.known.filter(({ kind }) => !wanted.includes(kind))) await tools.remove(thing)
      })
    },
    destroy: (options) =>
      change(options, async ({ name }, { known }, tools) => {
        world.checkDestroy(name)
        for (const thing of [...known].reverse()) await tools.remove(thing)
      }),
    withPlanFile: async (work) => {
      plans += 1
      return work(`/tmp/plan-${plans}`)
    },
    applyPlan: refuse('apply a saved plan'),
    outputs: refuse('read outputs'),
    state: refuse('read a state'),
    pushState: refuse('push a state'),
  }
}

function outputsOf(name: string): Outcome['outputs'] {
  const url = `https://${name}.preview.example.com`
  const web = { url, cluster: 'shop', service: name, target_group_arn: null, log_group: 'shop', log_stream_prefix: name }
  const values = { url, services: { web }, database: null }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { sensitive: false, value }]))
}
