import { beforeEach, describe, expect, test } from 'vitest'
import type { ResolvedBlueprint } from '../../blueprint/blueprint.ts'
import { systemFiles } from '../../system/files.ts'
import type { Outcome } from '../../terraform/driver.ts'
import type { RenderedRoot } from '../target.ts'
import { applyRoot } from './apply.ts'
import { bundleKey } from './ports.ts'
import { refused, SAVED, type Stage, stage } from './testing.ts'

let on: Stage
let told: string[]

beforeEach(async () => {
  on = await stage()
  told = []
  on.ports.repository = on.ports.repository.replace(/elsewhere$/, 'repository')
  await on.ports.store.remove(bundleKey('otter'))
  await systemFiles.write(`${on.ports.repository}/envs/otter/variables.tf`, '')
})

/** The platform's template: what follows an apply of it is nothing. */
async function apply(): Promise<unknown> {
  const document = {
    schema: 1 as const,
    name: 'otter',
    project: 'shop',
    template: 'platform' as const,
    target: 'aws' as const,
    pinned: false,
    repository: null,
    pullRequest: null,
    branch: null,
    commit: null,
    ttl: null,
    modules: null,
    images: {},
  }
  const root: RenderedRoot = {
    name: 'otter',
    document,
    blueprint: { hostname: null, domain: null } as ResolvedBlueprint,
    repository: on.ports.repository,
    rendering: { directory: 'envs/otter', modules: 'modules' },
  }
  const hooks = {
    onChanging: async (bundle?: string) => {
      told.push(`changing, ${(await on.ports.store.getBytes(bundleKey('otter', bundle))) === undefined ? 'without' : 'with'} a bundle`)
    },
    onSettled: async () => {
      told.push('settled')
    },
  }
  return applyRoot(on.ports, root, 7, on.run, hooks).catch((error: unknown) => error)
}

describe('when it is said that the state knows everything', () => {
  test('what it takes to destroy is in the store before anything is made [13][P4]', async () => {
    await apply()
    expect(told).toEqual(['changing, with a bundle', 'settled'])
  })

  test('also after a failure: Terraform saves what it made', async () => {
    on.outcomes.push(async () => refused('quota', 'VpcLimitExceeded'))
    await apply()
    expect(told).toEqual(['changing, with a bundle', 'settled'])
  })

  test.each<[string, Partial<Outcome>]>([
    ['could not be saved', { stateSaved: false }],
    ['lies beside the root', { stateSaved: false, rescuedState: '/nowhere/errored.tfstate' }],
  ])('not of a state that %s: the next run has to look for what it lacks [5][F9]', async (_, outcome) => {
    on.outcomes.push(async () => ({ ...refused('state-not-saved', 'Failed to save state'), ...outcome }))
    await apply()
    expect(told).toEqual(['changing, with a bundle'])
  })

  test('not of a Terraform that was killed [1]', async () => {
    on.outcomes.push(async () => ({ ...SAVED, ok: false, exitCode: 137, stateSaved: false }))
    await apply()
    expect(told).toEqual(['changing, with a bundle'])
  })
})
