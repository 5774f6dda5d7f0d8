import type { Answering, Asked, Said } from '../github/answering.ts'
import type { GitHubTrouble } from './story.ts'

type Answer = Answering['answer']

/** GitHub on a bad day: what it answers while `trouble` is on. */
export function troubled(answer: Answer, trouble: () => GitHubTrouble | null): Answer {
  return async (asked) => {
    const now = trouble()
    switch (now) {
      case null:
        return answer(asked)
      case 'down':
        return { reply: { status: 503, body: { message: 'Service Unavailable' } }, connection: undefined }
      case 'lost':
        return { reply: { status: 0 }, connection: 'drop' }
      case 'lost-but-done':
        return { ...(await answer(asked)), connection: 'drop' }
      case 'cut':
        return { ...(await answer(asked)), connection: 'cut' }
      default: {
        const said = await answer(asked)
        return isAboutPullRequests(asked) ? { ...said, reply: { ...said.reply, body: SPOILED[now](said.reply.body as Body) } } : said
      }
    }
  }
}

interface Body {
  data: { repository: { nameWithOwner: string; open?: { totalCount: number; nodes: unknown[] } } & Record<string, unknown> }
}

const SPOILED: Record<'empty' | 'partial' | 'hidden', (body: Body) => Said['reply']['body']> = {
  empty: ({ data: { repository } }) => ({ data: { repository: without(repository, () => true) } }),
  partial: ({ data: { repository } }) => {
    const rest = without(repository, (alias) => Number(alias.slice(1)) % 2 === 0)
    const open = repository.open
    return { data: { repository: open === undefined ? rest : { ...rest, open: { ...open, nodes: open.nodes.slice(1) } } } }
  },
  hidden: ({ data: { repository } }) => ({
    data: { repository: without(repository, () => true) },
    errors: Object.keys(repository)
      .filter(isAlias)
      .map((alias) => ({ type: 'NOT_FOUND', path: ['repository', alias], message: 'Could not resolve to a PullRequest.' })),
  }),
}

const isAlias = (key: string): boolean => /^p\d+$/.test(key)

/** No open ones, and of the named ones null. */
function without(repository: Body['data']['repository'], left: (alias: string) => boolean): object {
  const entries = Object.entries(repository).map(([key, value]): [string, unknown] => {
    if (key === 'open') return [key, { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] }]
    return [key, isAlias(key) && left(key) ? null : value]
  })
  return Object.fromEntries(entries)
}

function isAboutPullRequests({ body }: Asked): boolean {
  return (body as { operationName?: string } | undefined)?.operationName === 'PullRequests'
}
