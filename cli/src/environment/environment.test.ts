import { expect, test } from 'vitest'
import { type Environment, environment } from './environment.ts'

const example: Environment = {
  name: 'calm-otter',
  target: 'aws',
  template: 'preview',
  pinned: false,
  status: 'ready',
  url: 'https://calm-otter.preview.example.com',
  directory: 'envs/calm-otter',
  project: 'shop',
  pullRequest: null,
  branch: 'main',
  commit: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  updatedAt: '2026-11-21T10:05:00.000Z',
  expiresAt: null,
  services: [{ name: 'web', image: 'shop/web:1', url: null, status: null }],
}

test('the keys of the contract, in its order, and no others', () => {
  expect(Object.keys(environment.shape)).toEqual(Object.keys(example))
  expect(environment.parse(example)).toEqual(example)
  expect(environment.safeParse({ ...example, secret: 1 }).success).toBe(false)
})

test.each([
  ['status', 'gone'],
  ['createdAt', 'yesterday'],
  ['pullRequest', 0],
  ['expiresAt', undefined],
])('%s: %j is refused', (key, value) => {
  expect(environment.safeParse({ ...example, [key]: value }).success).toBe(false)
})
