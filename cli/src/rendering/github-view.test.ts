import { expect, test } from 'vitest'
import { type Blueprint, blueprint as schema } from '../blueprint/blueprint.ts'
import { resolveBlueprint } from '../blueprint/resolve.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { githubOf } from './github-view.ts'

const web = { build: 'services/web', port: 3001, route: '/' }
const document: EnvironmentDocument = {
  schema: 1,
  name: 'platform',
  project: 'shop',
  template: 'platform',
  target: 'aws',
  pinned: true,
  repository: 'acme/shop',
  pullRequest: null,
  branch: null,
  commit: null,
  ttl: null,
  modules: null,
  images: {},
  github: { repositoryId: 1_296_269, ownerId: 9_919, subject: 'classic' },
}
const view = (blueprint: object, change: Partial<EnvironmentDocument> = {}) => {
  const parsed: Blueprint = schema.parse({ project: 'shop', region: 'us-east-1', services: { web }, ...blueprint })
  return githubOf(resolveBlueprint(parsed, null), { ...document, ...change })
}

test('nothing without a repository whose ids are known', () => {
  const { github: _, ...unknown } = document
  expect(githubOf(resolveBlueprint(schema.parse({ project: 'shop', region: 'us-east-1', services: { web } }), null), unknown)).toBeNull()
  expect(view({}, { repository: null })).toBeNull()
})

test('pinned environments with their prefixes and hosts, and no others', () => {
  const environments = {
    production: { pinned: true, template: 'dedicated', domain: 'shop.example.com' },
    canary: { pinned: true, template: 'dedicated' },
    staging: { template: 'dedicated' },
  }
  expect(view({ domain: 'preview.example.com', environments })).toEqual({
    repository: { name: 'acme/shop', id: 1_296_269, owner_id: 9_919, subject: 'classic' },
    dedicatedPreviews: false,
    pinned: {
      canary: { prefix: 'shop-canary', host: 'canary.preview.example.com' },
      production: { prefix: 'shop-production', host: 'shop.example.com' },
    },
  })
})

test('without one, that of the usual name', () => {
  expect(view({})?.pinned).toEqual({ production: { prefix: 'shop-production', host: null } })
})
