import { expect, test } from 'vitest'
import { takesPlace } from './limit.ts'

const preview = { name: 'calm-otter', project: 'shop', target: 'aws', template: 'preview', pinned: false, status: 'ready' } as const
const counting = { project: 'shop', target: 'aws', pinned: new Set(['production']), busy: new Set(['bold-heron']) } as const

test.each(['applying', 'ready', 'failed', 'destroying', 'leaked'] as const)('one that is %s takes a place', (status) =>
  expect(takesPlace({ ...preview, status }, counting)).toBe(true),
)

test('a dedicated one takes a place too', () => expect(takesPlace({ ...preview, template: 'dedicated' }, counting)).toBe(true))

test.each([
  ['pinned', { pinned: true }],
  ['pinned by the blueprint, whatever its record says', { name: 'production' }],
  ['of another project', { project: 'blog' }],
  ['of the other target', { target: 'local' }],
  ['the platform', { template: 'platform' }],
  ['only claimed', { status: 'claimed' }],
] as const)('one that is %s takes none', (_, change) => expect(takesPlace({ ...preview, ...change }, counting)).toBe(false))

test('a claimed one takes a place as soon as a run is at it', () =>
  expect(takesPlace({ ...preview, name: 'bold-heron', status: 'claimed' }, counting)).toBe(true))

test('what runs on this machine is counted by itself', () =>
  expect(takesPlace({ ...preview, target: 'local' }, { ...counting, target: 'local' })).toBe(true))
