import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ResolvedBlueprint } from '../../blueprint/blueprint.ts'
import { stateKey } from '../../environment/names.ts'
import { CancelledError } from '../../errors.ts'
import { systemFiles } from '../../system/files.ts'
import type { Outcome, Terraform } from '../../terraform/driver.ts'
import type { PlannedChange } from '../../terraform/state.ts'
import { type Applied, ApplyFailure, type PlanFile, RefusedError, type RenderedRoot } from '../target.ts'
import { applyRoot } from './apply.ts'
import { planToFile } from './plan.ts'
import { rescueKey } from './ports.ts'
import { refused, SAVED, type Stage, stage } from './testing.ts'

const STATE = { version: 4, lineage: 'a-lineage', serial: 7, resources: [] }

let on: Stage
let root: RenderedRoot
let told: string[]
/** What Terraform was given to apply, and with which mode the file was there. */
let applied: { text: string; mode: number }[]
let planned: Outcome
let changes: PlannedChange[]

beforeEach(async () => {
  on = await stage()
  told = []
  applied = []
  changes = []
  planned = {
    ...SAVED,
    exitCode: 2,
    changes: { ...SAVED.changes, add: 1 },
    resources: [{ address: 'a.b', action: 'create', reason: null }],
  }
  on.ports.repository = on.ports.repository.replace(/elsewhere$/, 'repository')
  const folder = path.join(on.ports.repository, 'envs/otter')
  await systemFiles.write(path.join(folder, 'variables.tf'), 'variable "slot" {}\n')
  await systemFiles.write(path.join(folder, '.terraform.lock.hcl'), '# locked\n')
  const document = { schema: 1, name: 'otter', project: 'shop', template: 'platform', target: 'aws', pinned: true, images: {} }
  root = {
    name: 'otter',
    document: { ...document, repository: null, pullRequest: null, branch: null, commit: null, ttl: null, modules: null } as never,
    blueprint: { hostname: null, domain: null } as ResolvedBlueprint,
    repository: on.ports.repository,
    rendering: { directory: 'envs/otter', modules: 'modules' },
  }
  const engine = await on.ports.terraform()
  const more: Partial<Terraform> = {
    withPlanFile: async (work) => work(path.join(await mkdtemp(path.join(tmpdir(), 'devtool-plan-')), 'plan.tfplan')),
    plan: async ({ out, lock }) => {
      on.asked.push(`plan${lock === false ? ' without a lock' : ''}`)
      if (out !== undefined && planned.exitCode === 2) await systemFiles.write(out, 'the plan')
      return planned
    },
    showPlan: async () => changes,
    applyPlan: async ({ planFile, directory, lock }) => {
      applied.push({ text: await readFile(planFile, 'utf8'), mode: (await stat(planFile)).mode & 0o777 })
      on.asked.push(`apply plan${lock === false ? ' without a lock' : ''}`)
      return on.outcomes.shift()?.(directory) ?? SAVED
    },
  }
  on.ports.terraform = async () => ({ ...engine, ...more })
  await on.ports.states.put(stateKey(root.document), JSON.stringify(STATE))
})

const save = (slot = 3, unclean = false): Promise<{ file: PlanFile | null }> =>
  planToFile(on.ports, root, slot, { unclean, interrupt: on.run.interrupt })
const made = async (slot = 3): Promise<PlanFile> => (await save(slot)).file as PlanFile
const apply = (plan: PlanFile, slot = 3): Promise<Applied | Error> => {
  const hooks = { onChanging: async () => void told.push('changing'), onSettled: async () => void told.push('settled') }
  return applyRoot(on.ports, root, slot, on.run, hooks, plan).catch((error: Error) => error)
}

describe('a plan for later', () => {
  test('is made without a lock, with what it was made from', async () => {
    const { file } = await save()
    expect(new TextDecoder().decode(file?.bytes)).toBe('the plan')
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(file?.basis).toEqual({
      rendering: digest,
      lockFile: digest,
      engine: 'terraform 1.11.4',
      state: { lineage: 'a-lineage', serial: 7 },
    })
    expect(on.asked).toEqual(['plan without a lock'])
    expect(await on.ports.states.list('')).toEqual([stateKey(root.document)])
  })

  test('is none where nothing would change', async () => {
    planned = SAVED
    expect(await save()).toEqual({ add: 0, change: 0, destroy: 0, resources: [], file: null })
  })

  test('of a state that could not be saved says that another one will be needed', async () => {
    await on.ports.store.putBytes(rescueKey('otter'), new Uint8Array([1]))
    await save()
    expect(on.said.join('\n')).toContain('an earlier run could not save the state of otter')
  })

  test('looks for what a run that was cut off has left, without a lock, and leaves nothing in the folder', async () => {
    await save(3, true)
    expect(on.asked).toEqual(['plan without a lock', 'plan without a lock'])
    expect(await systemFiles.exists(path.join(root.repository, 'envs/otter/adopted.devtool.tf'))).toBe(false)
  })
})

describe('applying it', () => {
  test('does exactly that, from a file that nobody else can read', async () => {
    const result = await apply(await made())
    expect(result).not.toBeInstanceOf(Error)
    expect(applied).toEqual([{ text: 'the plan', mode: 0o600 }])
    expect(told).toEqual(['changing', 'settled'])
    expect(on.asked.at(-1)).toBe('apply plan')
  })

  const others: [string, (plan: PlanFile) => Promise<PlanFile | undefined>, RegExp][] = [
    [
      'a file of the root is another one',
      async () => void (await systemFiles.write(path.join(root.repository, 'envs/otter/queue.tf'), '# mine\n')),
      /what is in envs\/otter, in modules or known of the account is not what was planned/,
    ],
    [
      'a module is another one',
      async () => void (await systemFiles.write(path.join(root.repository, 'modules/vpc/main.tf'), '# new\n')),
      /is not what was planned/,
    ],
    [
      'the lock file is another one',
      async () => void (await systemFiles.write(path.join(root.repository, 'envs/otter/.terraform.lock.hcl'), '# other\n')),
      /envs\/otter\/\.terraform\.lock\.hcl is not what it was planned with/,
    ],
    [
      'the engine is another one',
      async (plan) => ({ ...plan, basis: { ...plan.basis, engine: 'tofu 1.11.0' } }),
      /it was made by tofu 1\.11\.0, and this is terraform 1\.11\.4/,
    ],
    [
      'the state is newer',
      async () => void (await on.ports.states.put(stateKey(root.document), JSON.stringify({ ...STATE, serial: 8 }))),
      /it is stale, as the state has changed since \(serial 7 then, 8 now\)/,
    ],
    [
      'the state is another one',
      async () => void (await on.ports.states.put(stateKey(root.document), JSON.stringify({ ...STATE, lineage: 'other' }))),
      /it is stale/,
    ],
    ['the state is gone', async () => void (await on.ports.states.remove(stateKey(root.document))), /it is stale/],
  ]
  test.each(others)('is refused where %s, before anything is touched', async (_, spoil, message) => {
    const plan = await made()
    const result = await apply((await spoil(plan)) ?? plan)
    expect(result).toBeInstanceOf(RefusedError)
    expect(result).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringContaining('devtool env plan otter --save'),
    })
    expect(told).toEqual([])
    expect(applied).toEqual([])
  })

  test('is refused with another slot', async () => {
    expect(await apply(await made(3), 4)).toBeInstanceOf(RefusedError)
  })

  test('after a run that was cut off: refused if that made what the plan would make', async () => {
    const plan = await made()
    on.run.unclean = true
    const name = 'shop/otter/database'
    changes = [{ address: 'aws_secretsmanager_secret.this', type: 'aws_secretsmanager_secret', actions: ['create'], after: { name } }]
    const tags = { 'devtool:project': 'shop', 'devtool:environment': 'otter' }
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    on.answers['ListSecrets'] = { SecretList: [{ ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:x', Name: name, Tags }] }
    const result = await apply(plan)
    expect(result).toBeInstanceOf(RefusedError)
    expect(result).toMatchObject({ message: expect.stringContaining('no state knows: aws_secretsmanager_secret.this') })
    expect(told).toEqual([])
    changes = []
    expect(await apply(plan)).not.toBeInstanceOf(Error)
  })

  test('fails without a plan of its own, and says that what is left needs another', async () => {
    on.outcomes.push(async () => refused('already-exists', 'AlreadyExists'))
    const result = await apply(await made())
    expect(result).toBeInstanceOf(ApplyFailure)
    expect(result).toMatchObject({ hint: expect.stringContaining('plan what is left of it: devtool env plan otter --save') })
    expect(on.asked).toEqual(['plan without a lock', 'apply plan'])
  })

  test('is interrupted: running the same command again would not do', async () => {
    on.outcomes.push(async () => ({ ...refused('interrupted', 'it was interrupted'), interrupted: true }))
    const result = await apply(await made())
    expect(result).toBeInstanceOf(CancelledError)
    expect(result).toMatchObject({ hint: expect.stringContaining('devtool env plan otter --save') })
  })
})
