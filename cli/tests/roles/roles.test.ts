import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RolePolicies } from '../emulator/agent/ports.ts'
import { describeWith, root } from '../support/toolchain.ts'
import { type AppliedRoles, applyRoles } from './applied.ts'
import { may, trusts } from './authority.ts'
import { documentOf } from './document.ts'
import { type Enforced, enforce, triedActions } from './enforced.ts'
import { policyFaults } from './faults.ts'
import { type Entry, roleNames } from './table.ts'
import { pinnedSections } from './table-pinned.ts'
import { previewSections } from './table-previews.ts'
import { trustSections } from './table-trust.ts'
import { BUCKET, the } from './things.ts'

const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com'
const sections = [...pinnedSections, ...previewSections]
const ids = { repositoryId: 1_296_269, ownerId: 9_919 }

/** Which roles may do what an entry says. */
const allowed = (roleOf: (name: string) => RolePolicies, { action, thing, given }: Entry): string[] => {
  const tags = Object.fromEntries(Object.entries(thing.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]))
  const context = { ...tags, ...given?.context }
  return roleNames.filter((name) => may(roleOf(name), { action, resource: thing.arn, context }))
}

describeWith(['terraform', 'provider', 'emulator'], 'the roles of workflows, as Terraform applies them', () => {
  let applied: AppliedRoles
  const roleOf = (project: string, name: string): RolePolicies => {
    const found = applied.roles.find(({ arn }) => arn.endsWith(`:role/devtool/${project}-${name}`))
    if (found === undefined) throw new Error(`there is no role ${project}-${name}`)
    return found
  }

  beforeAll(async () => {
    applied = await applyRoles([
      { project: 'shop', github: { ...ids, subject: 'immutable' } },
      { project: 'wide', github: { ...ids, subject: 'classic', dedicatedPreviews: true } },
      { project: 'bare', github: { ...ids, subject: 'classic' }, change: (text) => text.replace(/^domain: .*$/m, '') },
    ])
  })
  afterAll(() => applied?.stop())

  describe.each(sections)('$title', ({ project = 'shop', administrators, entries }) => {
    test.each(entries.map((entry) => ({ ...entry, on: entry.thing.label, how: entry.given?.label ?? '' })))(
      '$action on $on $how: $roles',
      (entry) => {
        const asked = (name: string): RolePolicies =>
          administrators === true ? administrator(roleOf(project, name)) : roleOf(project, name)
        expect(allowed(asked, entry)).toEqual(roleNames.filter((name) => entry.roles.includes(name)))
      },
    )
  })

  describe.each(trustSections)('$title', ({ project, entries }) => {
    test.each(entries)('$label: $roles', ({ claims, roles }) => {
      expect(roleNames.filter((name) => trusts(roleOf(project, name), PROVIDER, claims))).toEqual(roles)
    })
  })

  test('a token of another provider is none', () => {
    const claims = { aud: 'sts.amazonaws.com', sub: 'repo:acme@9919/shop@1296269:environment:production' }
    expect(trusts(roleOf('shop', 'production-apply'), PROVIDER.replace('token.actions.githubusercontent.com', 'gitlab.com'), claims)).toBe(
      false,
    )
  })

  test('every trust is one statement with StringEquals and nothing else', () => {
    for (const { arn, trust } of applied.roles) {
      const { Statement: statements } = trust as { Statement: { Principal: object; Condition: object }[] }
      expect(statements, arn).toHaveLength(1)
      expect(statements[0]?.Principal).toEqual({ Federated: PROVIDER })
      expect(Object.keys(statements[0]?.Condition ?? {})).toEqual(['StringEquals'])
      expect(JSON.stringify(trust)).not.toMatch(/[*?]/)
    }
  })

  test('preview roles are bounded, and each policy fits into what IAM takes', () => {
    const length = (document: unknown): number => JSON.stringify(document).length
    for (const { arn, trust, identity, boundary } of applied.roles) {
      expect(boundary !== undefined, arn).toBe(arn.includes('-preview-'))
      expect(length(trust), `trust of ${arn}`).toBeLessThanOrEqual(2_048)
      expect(length(boundary?.document ?? {}), `boundary of ${arn}`).toBeLessThanOrEqual(6_144)
      for (const { name, document } of identity)
        expect(length(document), `${name} of ${arn}`).toBeLessThanOrEqual(name === 'work' ? 10_240 : 6_144)
    }
  })

  test('no statement names an action, a resource or a condition key that AWS does not know of each other', () => {
    expect(applied.roles.flatMap(policyFaults)).toEqual([])
  })

  test('every action that a job was seen to call is among what its role may do', () => {
    const calls: Record<string, string[]> = JSON.parse(readFileSync(path.join(import.meta.dirname, 'fixtures/calls.json'), 'utf8'))
    const missing = Object.entries(calls).flatMap(([job, actions]) => {
      const [name = '', variant] = job.split(' with ')
      const role = roleOf(variant === undefined ? 'shop' : 'wide', name)
      return actions.filter((action) => !isGranted(role, action)).map((action) => `${job}: ${action}`)
    })
    expect(missing).toEqual([])
  })

  describe('as the emulator enforces them, which knows neither tags nor boundaries', () => {
    let enforced: Enforced
    const tried = sections
      .filter(({ project, administrators }) => project === undefined && administrators === undefined)
      .flatMap(({ entries }) => entries)
      .filter(({ action, given }) => triedActions.includes(action) && given === undefined)
      .filter(({ action, thing }) => !action.startsWith('s3:') || thing.arn.startsWith(BUCKET))

    beforeAll(async () => {
      enforced = await enforce(applied)
    })

    test.each(tried.map((entry) => ({ ...entry, on: entry.thing.label })))('$action on $on', async (entry) => {
      const unbounded = (name: string): RolePolicies => {
        const { boundary: _, ...role } = roleOf('shop', name)
        return role
      }
      const through = await Promise.all(roleNames.map((name) => enforced.tries(roleOf('shop', name).arn, entry.action, entry.thing.arn)))
      // a policy that asks for tags allows here what it would not allow at AWS
      const tagged = entry.action.startsWith('rds:') ? { ...entry, thing: the('database', 'preview') } : entry
      expect(roleNames.filter((_, index) => through[index])).toEqual(allowed(unbounded, tagged))
    })

    test('is asked of enough to say something', () => {
      expect(tried.length).toBeGreaterThan(20)
    })
  })

  test('docs/roles.md shows this table', async () => {
    const introduction = readFileSync(path.join(import.meta.dirname, 'introduction.md'), 'utf8')
    await expect(documentOf(introduction, sections, trustSections)).toMatchFileSnapshot(path.join(root, 'docs/roles.md'))
  })

  test('the table is long enough to be worth reading', () => {
    expect(sections.flatMap(({ entries }) => entries).length).toBeGreaterThanOrEqual(80)
  })
})

function administrator(role: RolePolicies): RolePolicies {
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  return { ...role, identity: [...role.identity, { name: 'AdministratorAccess', document }] }
}

/** What no policy can deny needs none. */
const FREE = ['sts:GetCallerIdentity']

/** On some resource, under some condition. */
function isGranted({ identity }: RolePolicies, action: string): boolean {
  const patterns = identity.flatMap(({ document }) =>
    (document as { Statement: { Effect: string; Action?: string | string[] }[] }).Statement.filter(
      ({ Effect }) => Effect === 'Allow',
    ).flatMap((statement) => statement.Action ?? []),
  )
  return FREE.includes(action) || patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action))
}
