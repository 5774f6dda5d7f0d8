import type { RoleName } from './table.ts'

/** A job that asks for a role with these claims in its token, and the roles that it is given. */
export interface TrustEntry {
  label: string
  claims: Record<string, string>
  roles: readonly RoleName[]
}

export interface TrustSection {
  title: string
  text: string
  project: string
  entries: readonly TrustEntry[]
}

const ids = { repository_id: '1296269', repository_owner_id: '9919' }
const aud = 'sts.amazonaws.com'
const immutable = 'repo:acme@9919/shop@1296269'
const classic = 'repo:acme/shop'

const claim = (sub: string, more: Record<string, string> = {}): Record<string, string> => ({ aud, sub, ...ids, ...more })
const row = (label: string, claims: Record<string, string>, ...roles: RoleName[]): TrustEntry => ({ label, claims, roles })
const without = (name: string, claims: Record<string, string>): Record<string, string> => {
  const { [name]: _, ...rest } = claims
  return rest
}

export const trustSections: readonly TrustSection[] = [
  {
    title: 'Who is given a role',
    text: 'Of a repository with the immutable subject: `repo:acme@9919/shop@1296269:environment:<environment>`.',
    project: 'shop',
    entries: [
      row('a job in the environment preview', claim(`${immutable}:environment:preview`), 'preview-apply'),
      row('a job in the environment preview-teardown', claim(`${immutable}:environment:preview-teardown`), 'preview-teardown'),
      row('a job in the environment preview-sweep', claim(`${immutable}:environment:preview-sweep`), 'preview-sweep'),
      row('a job in the environment production-plan', claim(`${immutable}:environment:production-plan`), 'production-plan'),
      row('a job in the environment production', claim(`${immutable}:environment:production`), 'production-apply'),
      row('a job in another environment', claim(`${immutable}:environment:staging`)),
      row('an environment whose name only begins so', claim(`${immutable}:environment:production-eu`)),
      row('an environment in other letters', claim(`${immutable}:environment:Production`)),
      row('a job without an environment, of a pull request', claim(`${immutable}:pull_request`)),
      row('a job without an environment, of the default branch', claim(`${immutable}:ref:refs/heads/main`)),
      row('another repository of the owner', claim('repo:acme@9919/blog@1300000:environment:production', { repository_id: '1300000' })),
      row('a fork', claim('repo:mallory@666/shop@1300001:environment:preview', { repository_id: '1300001', repository_owner_id: '666' })),
      row(
        'the names after they changed hands',
        claim('repo:acme@667/shop@1300002:environment:production', { repository_id: '1300002', repository_owner_id: '667' }),
      ),
      row('the classic form of the same repository', claim(`${classic}:environment:production`)),
      row('a wildcard for a subject', claim('*')),
      row('a wildcard for an environment', claim(`${immutable}:environment:*`)),
      row('an environment that continues the subject', claim(`${immutable}:environment:x:environment:production`)),
      row('a token for another audience', claim(`${immutable}:environment:production`, { aud: 'https://github.com/acme' })),
      row('a token without an audience', without('aud', claim(`${immutable}:environment:production`))),
      row('a token without a subject', without('sub', claim(`${immutable}:environment:production`))),
    ],
  },
  {
    title: 'Who is given a role, classic subject',
    text: 'Of a repository from before July 2026 that nobody has renamed since: `repo:acme/shop:environment:<environment>`, and the ids beside it.',
    project: 'wide',
    entries: [
      row('a job in the environment preview', claim(`${classic}:environment:preview`), 'preview-apply'),
      row('a job in the environment production', claim(`${classic}:environment:production`), 'production-apply'),
      row(
        'the names after they changed hands',
        claim(`${classic}:environment:production`, { repository_id: '1300002', repository_owner_id: '667' }),
      ),
      row('the name of the repository, made anew', claim(`${classic}:environment:production`, { repository_id: '1300002' })),
      row('the repository, transferred', claim(`${classic}:environment:production`, { repository_owner_id: '667' })),
      row('a token without the ids', without('repository_id', without('repository_owner_id', claim(`${classic}:environment:production`)))),
      row('the immutable form of the same repository', claim(`${immutable}:environment:production`)),
    ],
  },
]
