import { describe, expect, it } from 'vitest'
import { type Blueprint, blueprint as schema } from '../blueprint/blueprint.ts'
import { resolveBlueprint } from '../blueprint/resolve.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { moduleSource } from './module-source.ts'
import { render } from './render.ts'

const options = { modulesPath: '../../modules' }
const digest = `sha256:${'a'.repeat(64)}`

const shop: Blueprint = schema.parse({
  project: 'shop',
  region: 'us-east-1',
  domain: 'preview.example.com',
  services: {
    web: { build: 'services/web', port: 3001, route: '/' },
    'sign-in': { build: 'services/sign-in', port: 3000, route: '/api/sign-in', count: { min: 2, max: 6 } },
    api: { build: 'services/api', port: 3000, route: '/api', database: true },
    ticker: { image: 'docker.io/acme/ticker:1' },
  },
  database: { migrations: { build: './services/migrations/' }, seed: 'services/migrations/seeds/a.sql', multiAz: false },
  environments: {
    production: { pinned: true, template: 'dedicated', domain: 'shop.example.com' },
    staging: { template: 'dedicated' },
  },
})

const preview: EnvironmentDocument = {
  schema: 1,
  name: 'brave-otter',
  project: 'shop',
  template: 'preview',
  target: 'aws',
  pinned: false,
  repository: 'acme/shop',
  pullRequest: 17,
  branch: 'main',
  commit: null,
  ttl: '72h',
  modules: null,
  images: { web: 'shop/web:1', api: 'shop/api:1' },
}
const production: EnvironmentDocument = { ...preview, name: 'production', template: 'dedicated', pinned: true, ttl: null }

function file(document: EnvironmentDocument, path: string, blueprint = shop): string {
  const resolved = resolveBlueprint(blueprint, document.name)
  const found = render(resolved, document, options).find((rendered) => rendered.path === path)
  if (found === undefined) throw new Error(`no ${path}`)
  return found.content
}

describe('render', () => {
  it('gives every root the same files, and the platform no images', () => {
    const paths = ['terraform.tf', 'providers.tf', 'main.tf', 'variables.tf', 'outputs.tf']
    expect(render(resolveBlueprint(shop, null), preview, options).map(({ path }) => path)).toEqual([
      ...paths,
      'images.auto.tfvars.json',
      'environment.json',
    ])
    const platform = render(resolveBlueprint(shop, null), { ...preview, name: 'platform', template: 'platform', pinned: true }, options)
    expect(platform.map(({ path }) => path)).toEqual([...paths, 'environment.json'])
  })

  it('does not depend on the order in which the document was built', () => {
    const { images, ...rest } = preview
    const other = { images: { api: images.api ?? '', web: images.web ?? '' }, ...rest }
    expect(render(resolveBlueprint(shop, null), other, options)).toEqual(render(resolveBlueprint(shop, null), preview, options))
  })

  it('puts longer routes first and names a service for Terraform and for the others', () => {
    const main = file(preview, 'main.tf')
    const priorities = [...main.matchAll(/path += "([^"]+)"\n +priority += var\.slot \* 50 \+ (\d+)/g)].map(([, path, index]) => [
      path,
      index,
    ])
    expect(priorities).toEqual([
      ['/', '2'],
      ['/api/sign-in', '0'],
      ['/api', '1'],
    ])
    expect(main).toContain('module "service_sign_in" {')
    expect(main).toContain('SIGN_IN_URL    = "${local.url}/api/sign-in"')
    expect(main).not.toContain('TICKER_URL')
  })

  it('fills the database of what comes and goes, and of nothing else', () => {
    expect(file(preview, 'main.tf')).toContain('DEVTOOL_SEED = "seeds/a.sql"')
    expect(file({ ...preview, template: 'dedicated' }, 'main.tf')).toContain('DEVTOOL_SEED = "seeds/a.sql"')
    expect(file({ ...preview, name: 'staging', template: 'dedicated' }, 'main.tf')).not.toContain('DEVTOOL_SEED')
    expect(file(production, 'main.tf')).not.toContain('DEVTOOL_SEED')
  })

  it('protects what is pinned, from birth, and nothing else [22]', () => {
    const flags = [
      'prevent_destroy = true',
      'deletion_protection = true',
      'protected      = true',
      'multi_az       = true',
      '{ min = 2, max = 6 }',
      '"on-demand"',
    ]
    const ephemeral = ['force_delete = true', '"spot"', 'protected      = false', '{ min = 2, max = 2 }']
    const pinned = file(production, 'main.tf')
    const unpinned = file({ ...preview, template: 'dedicated' }, 'main.tf')
    for (const flag of flags) expect([flag, pinned.includes(flag), unpinned.includes(flag)]).toEqual([flag, true, false])
    for (const flag of ephemeral) expect([flag, pinned.includes(flag), unpinned.includes(flag)]).toEqual([flag, false, true])
    expect(file(production, 'terraform.tf')).toContain('"state/pinned/production.tfstate"')
    expect(file(production, 'providers.tf')).not.toContain('devtool:ephemeral')
    expect(file(preview, 'providers.tf')).toContain('"devtool:ephemeral"   = "true"')
  })

  it('answers at the host name that the blueprint gives, else below the domain', () => {
    expect(file(production, 'main.tf')).toContain('domain     = "shop.example.com"')
    expect(file({ ...preview, name: 'staging', template: 'dedicated' }, 'main.tf')).toContain('domain     = "staging.preview.example.com"')
    expect(file({ ...preview, template: 'dedicated' }, 'main.tf', { ...shop, domain: null })).not.toContain('zone_id')
  })

  it('keeps a load balancer from a name that AWS refuses [29]', () => {
    const document = { ...preview, project: 'internal', template: 'dedicated' as const }
    expect(file(document, 'main.tf', { ...shop, project: 'internal' })).toContain('name       = "alb-internal-brave-otter"')
  })

  it('lets no name through that could be more than a name', () => {
    const { web } = shop.services
    if (web === undefined) throw new Error('no web')
    const hostile = { ...shop, services: { 'x" {}\nresource': web } }
    expect(() => file(preview, 'main.tf', hostile)).toThrow('is not the name of a service')
  })

  it('writes digests where the document holds them', () => {
    expect(file({ ...production, images: { web: `shop/web@${digest}` } }, 'images.auto.tfvars.json')).toContain(
      `"web": "shop/web@${digest}"`,
    )
  })
})

describe('moduleSource', () => {
  it.each([
    [null, '../../modules', '../../modules/vpc'],
    [null, 'envs/.modules/', './envs/.modules/vpc'],
    ['git::https://github.com/acme/devtool.git?ref=v1.4.0', 'x', 'git::https://github.com/acme/devtool.git//modules/vpc?ref=v1.4.0'],
    ['git::ssh://git@github.com/acme/devtool.git?ref=0123abc', 'x', 'git::ssh://git@github.com/acme/devtool.git//modules/vpc?ref=0123abc'],
  ])('of %s, %s is %s', (modules, modulesPath, expected) => {
    expect(moduleSource({ name: 'x', modules }, 'vpc', modulesPath)).toBe(expected)
  })

  it.each([
    'git::https://github.com/acme/devtool.git',
    'git::https://github.com/acme/devtool.git//modules?ref=v1',
    'git::file:///etc?ref=v1',
    'git::https://github.com/a"b?ref=v1',
    'git::https://github.com/acme/devtool.git?ref=v1&depth=1',
    'https://example.com/modules.zip',
  ])('refuses %s', (modules) => {
    expect(() => moduleSource({ name: 'production', modules }, 'vpc', 'x')).toThrow('could not render production: ')
  })
})
