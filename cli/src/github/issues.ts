import * as z from 'zod/mini'
import { UserError } from '../errors.ts'
import { isSameUser } from './comments.ts'
import { type Connection, checked } from './connection.ts'
import { foreignAnswer, type Purpose, statusOf } from './errors.ts'
import { makeOnce } from './once.ts'
import { ISSUES } from './queries.ts'

/** The one issue about something, which is found again by its label and the marker that its text begins with. */
export interface IssueTopic {
  label: string
  /** An HTML comment: nobody sees it. */
  marker: string
  title: string
}

export interface Issue {
  number: number
  url: string
}

export interface Issues {
  /** Says `text` in the issue, which is made, or opened again, where none is open. */
  say(topic: IssueTopic, text: string): Promise<Issue>
  /** Closes the issue with `text` in it and `note` below it; null if none was open. */
  close(topic: IssueTopic, text: string, note: string): Promise<Issue | null>
}

interface OwnIssue extends Issue {
  open: boolean
}

const PERMISSION = 'issues: write'

const found = z.object({
  viewer: z.object({ login: z.string() }),
  repository: z.object({
    issues: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }),
      nodes: z.array(
        z.nullable(
          z.object({
            number: z.int(),
            state: z.string(),
            url: z.string(),
            body: z.string(),
            author: z.nullable(z.object({ login: z.string() })),
          }),
        ),
      ),
    }),
  }),
})

const made = z.object({
  number: z.int(),
  html_url: z.string(),
  labels: z.array(z.union([z.string(), z.object({ name: z.optional(z.nullable(z.string())) })])),
})

type Change = { state: 'open' | 'closed'; state_reason?: 'completed' | 'not_planned' | 'reopened'; body?: string; title?: string }

/** Issues of the token's user only: somebody else's with the same label and marker is left alone. */
export function issuesOf(connection: Connection): Issues {
  const { owner, repo, clock } = connection

  const purposeOf = ({ title }: IssueTopic): Purpose => ({
    what: `update the issue "${title}" of ${owner}/${repo}`,
    permission: PERMISSION,
    consequence: 'the issue may be out of date, the environment is not affected',
  })

  const page = async (topic: IssueTopic, cursor: string | null): Promise<z.output<typeof found>> => {
    const variables = { owner, repo, label: topic.label, cursor }
    return (await connection.query(purposeOf(topic), { name: 'Issues', text: ISSUES, variables, shape: found })).data
  }

  /** The open ones first, of those the oldest; then the one that was made last. */
  const find = async (topic: IssueTopic): Promise<OwnIssue[]> => {
    const own: OwnIssue[] = []
    for (let cursor: string | null = null; ; ) {
      const { viewer, repository } = await page(topic, cursor)
      const { nodes, pageInfo } = repository.issues
      for (const node of nodes) {
        if (node === null || !node.body.startsWith(topic.marker) || !isSameUser(node.author?.login, viewer.login)) continue
        own.push({ number: node.number, url: node.url, open: node.state === 'OPEN' })
      }
      if (!pageInfo.hasNextPage) {
        return own.sort((a, b) => Number(b.open) - Number(a.open) || (a.open ? a.number - b.number : b.number - a.number))
      }
      if (pageInfo.endCursor === null || pageInfo.endCursor === cursor) throw foreignAnswer(purposeOf(topic), undefined)
      cursor = pageInfo.endCursor
    }
  }

  const change = async (purpose: Purpose, number: number, to: Change): Promise<void> => {
    await connection.request(purpose, ({ rest }) => rest.issues.update({ owner, repo, issue_number: number, ...to }))
  }

  /** Of two runs that found none each makes one. */
  const closeOthers = async (purpose: Purpose, others: readonly OwnIssue[]): Promise<void> => {
    for (const { number, open } of others) if (open) await change(purpose, number, { state: 'closed', state_reason: 'not_planned' })
  }

  const create = (topic: IssueTopic, body: string): Promise<OwnIssue> => {
    const purpose = purposeOf(topic)
    return connection.request(purpose, ({ rest }) =>
      makeOnce(
        clock,
        async () => {
          const request = { owner, repo, title: topic.title, body, labels: [topic.label], request: { retries: 0 } }
          const { data } = await rest.issues.create(request).catch((error: unknown) => {
            throw statusOf(error) === 410 ? switchedOff(purpose, error) : error
          })
          const { number, html_url: url, labels } = checked(made, data, purpose)
          // GitHub drops labels that the token may not set, and says nothing
          if (!labels.some((label) => (typeof label === 'string' ? label : label.name) === topic.label))
            throw unlabelled(purpose, url, topic)
          return { number, url, open: true }
        },
        async () => (await find(topic)).find(({ open }) => open),
      ),
    )
  }

  return {
    say: async (topic, text) => {
      const { title } = topic
      const purpose = purposeOf(topic)
      const body = `${topic.marker}\n\n${text}`
      const known = await find(topic)
      const own = known[0] ?? (await create(topic, body))
      const [first = own, ...others] = known.length > 0 ? known : await find(topic)
      await closeOthers(purpose, others)
      const reason = first.open ? {} : { state_reason: 'reopened' as const }
      if (known.length > 0 || first.number !== own.number) await change(purpose, first.number, { state: 'open', ...reason, title, body })
      return { number: first.number, url: first.url }
    },
    close: async (topic, text, note) => {
      const purpose = purposeOf(topic)
      const [first, ...others] = await find(topic)
      if (first?.open !== true) return null
      await closeOthers(purpose, others)
      await change(purpose, first.number, { state: 'closed', state_reason: 'completed', body: `${topic.marker}\n\n${text}` })
      // the text says it too: rather no note than two
      const request = { owner, repo, issue_number: first.number, body: note, request: { retries: 0 } }
      await connection.request(purpose, ({ rest }) => rest.issues.createComment(request))
      return { number: first.number, url: first.url }
    },
  }
}

function switchedOff({ what, consequence }: Purpose, cause: unknown): UserError {
  return new UserError(`could not ${what}: the repository has no issues; ${consequence}`, {
    hint: 'switch them on in the settings of the repository, or leave --issue out',
    cause,
  })
}

function unlabelled({ what }: Purpose, url: string, { label }: IssueTopic): UserError {
  return new UserError(`could not ${what}: ${url} did not get the label ${label}, by which it is found again`, {
    hint: `add the label to it, and grant \`${PERMISSION}\``,
  })
}
