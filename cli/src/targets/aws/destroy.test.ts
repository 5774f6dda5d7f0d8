import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Doomed } from '../target.ts'
import { destroyApplied } from './destroy.ts'
import { bundleKey, rescueKey } from './ports.ts'
import { refused, SAVED, type Stage, stage } from './testing.ts'

const STATE = 'state/preview/otter.tfstate'
const EMPTY = JSON.stringify({ version: 4, serial: 9, lineage: 'l', resources: [] })
const FULL = EMPTY.replace('[]', JSON.stringify([{ mode: 'managed', type: 'aws_ecs_service', name: 'web', instances: [{}] }]))
const otter: Doomed = { name: 'otter', project: 'shop', template: 'preview', pinned: false, applied: true, thorough: false }

const destroy = ({ ports, run }: Stage, change: Partial<Doomed> = {}) => destroyApplied(ports, { ...otter, ...change }, run)
const tagged = (arn: string) => ({
  ResourceTagMappingList: [
    {
      ResourceARN: arn,
      Tags: [
        { Key: 'devtool:project', Value: 'shop' },
        { Key: 'devtool:environment', Value: 'otter' },
      ],
    },
  ],
})

describe('what Terraform says of its end is not believed', () => {
  test('an empty state that Terraform leaves behind is no environment: it goes, with all else that was kept [F10]', async () => {
    const on = await stage()
    await on.ports.states.put(STATE, EMPTY)
    await on.ports.store.put(rescueKey('otter'), '{}')
    expect(await destroy(on)).toEqual([])
    expect(await on.ports.states.get(STATE)).toBeUndefined()
    expect([await on.ports.store.get(bundleKey('otter')), await on.ports.store.get(rescueKey('otter'))]).toEqual([undefined, undefined])
  })

  test('a state that still holds something is what is left, and everything is kept for the next try [33]', async () => {
    const on = await stage()
    await on.ports.states.put(STATE, FULL)
    expect(await destroy(on)).toEqual([{ type: 'aws_ecs_service', id: 'aws_ecs_service.web' }])
    expect(await on.ports.states.get(STATE)).toBeDefined()
    expect(await on.ports.store.getBytes(bundleKey('otter'))).toBeDefined()
  })

  test('what no state knows is found by its tags, also when the state itself is gone [33]', async () => {
    const on = await stage()
    on.answers['GetResources'] = tagged('arn:aws:sqs:us-east-1:123456789012:shop-otter-mail')
    expect(await destroy(on)).toEqual([{ type: 'sqs', id: 'arn:aws:sqs:us-east-1:123456789012:shop-otter-mail' }])
    expect(await on.ports.store.getBytes(bundleKey('otter'))).toBeDefined()
  })

  test('AWS goes on listing what is gone: it is looked again, and not for ever [33]', async () => {
    const on = await stage()
    on.answers['GetResources'] = tagged('arn:aws:sqs:us-east-1:123456789012:shop-otter-mail')
    on.ports.clock.sleep = async (milliseconds) => {
      on.slept.push(milliseconds)
      if (milliseconds === 2_000) delete on.answers['GetResources']
    }
    expect(await destroy(on)).toEqual([])
    expect(on.slept).toEqual([0, 1_000, 2_000])
  })
})

describe('a destroy that meets a refusal', () => {
  test('asks AWS for nothing first: half of it may be gone [27]', async () => {
    const on = await stage()
    await destroy(on)
    expect(on.asked).toEqual(['destroy refresh=false'])
  })

  test('tries again after a while where something is still held, the first time with a look at what is there [18][19][20]', async () => {
    const on = await stage()
    const held = async () => refused('dependency', 'DependencyViolation: the subnet has dependencies')
    on.outcomes.push(held, held)
    expect(await destroy(on)).toEqual([])
    expect(on.asked).toEqual(['destroy refresh=false', 'destroy', 'destroy refresh=false'])
    expect(on.slept.slice(0, 2)).toEqual([30_000, 60_000])
  })

  test('a look that fails for what is gone already does not end it [27]', async () => {
    const on = await stage()
    on.outcomes.push(
      async () => refused('other', 'the cause'),
      async () => refused('data-missing', "reading SSM Parameter: couldn't find resource"),
    )
    expect(await destroy(on)).toEqual([])
    expect(on.asked).toEqual(['destroy refresh=false', 'destroy', 'destroy refresh=false'])
  })

  test('and does not hide what is really the matter [27]', async () => {
    const on = await stage()
    on.outcomes.push(
      async () => refused('other', 'the cause'),
      async () => refused('data-missing', "couldn't find resource"),
      async () => refused('other', 'the cause'),
    )
    await expect(destroy(on)).rejects.toThrow('could not destroy otter: the cause')
  })

  test('policies that went before what needed them: the second try finds them gone and goes on [P8]', async () => {
    const on = await stage()
    on.outcomes.push(async () => refused('access-denied', 'AccessDenied'))
    expect(await destroy(on)).toEqual([])
    expect(on.asked).toEqual(['destroy refresh=false', 'destroy'])
  })

  test('credentials that ran out are no reason to try again [4]', async () => {
    const on = await stage()
    on.outcomes.push(async () => refused('credentials', 'ExpiredToken'))
    await expect(destroy(on)).rejects.toThrow('ExpiredToken')
    expect(on.asked).toHaveLength(1)
  })
})

describe('without the branch', () => {
  test('it is destroyed from what was kept, in a folder that goes afterwards [13][P4]', async () => {
    const on = await stage()
    let folder = ''
    on.outcomes.push(async (directory) => {
      folder = directory
      expect(existsSync(path.join(directory, 'main.tf'))).toBe(true)
      return SAVED
    })
    expect(await destroy(on)).toEqual([])
    expect(folder.startsWith(on.ports.repository)).toBe(false)
    expect(existsSync(folder)).toBe(false)
  })

  test('a state that can be saved nowhere is not thrown away with that folder [5]', async () => {
    const on = await stage()
    let file = ''
    on.outcomes.push(async (directory) => {
      file = path.join(directory, 'errored.tfstate')
      await mkdir(directory, { recursive: true })
      await writeFile(file, FULL)
      return { ...refused('state-not-saved', 'Failed to save state'), interrupted: true, stateSaved: false, rescuedState: file }
    })
    on.ports.store.putBytes = async () => Promise.reject(new Error('the bucket does not answer'))
    await expect(destroy(on)).rejects.toThrow()
    expect(existsSync(file)).toBe(true)
    expect(on.said.join()).toContain(`the state could not be saved and is in ${file}: put that file at rescue/otter.tfstate in `)
  })
})
