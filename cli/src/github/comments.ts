import * as z from 'zod/mini'
import { COMMENT_MARKER } from '../rendering/comment.ts'
import { type Connection, checked } from './connection.ts'
import { foreignAnswer, missing, type Purpose, statusOf } from './errors.ts'
import { makeOnce } from './once.ts'
import { COMMENTS } from './queries.ts'

/** One comment of ours on a pull request. */
export interface OwnComment {
  id: number
  body: string
}

export interface Comments {
  /** Ours, the oldest first: there is one, or none, or two runs made one each at the same moment. */
  find(): Promise<OwnComment[]>
  create(body: string): Promise<OwnComment>
  /** `false` if it is not there any more. */
  edit(id: number, body: string): Promise<boolean>
  remove(id: number): Promise<void>
}

const PERMISSION = 'pull-requests: write'

const found = z.object({
  viewer: z.object({ login: z.string() }),
  repository: z.object({
    pullRequest: z.nullable(
      z.object({
        comments: z.object({
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }),
          nodes: z.array(
            z.nullable(
              z.object({
                fullDatabaseId: z.union([z.string(), z.number()]),
                body: z.string(),
                author: z.nullable(z.object({ login: z.string() })),
              }),
            ),
          ),
        }),
      }),
    ),
  }),
})

const written = z.object({ id: z.int(), body: z.string() })

/** Comments of the token's user that begin with the marker; one of somebody else that quotes it is not ours. */
export function commentsOf(connection: Connection, number: number): Comments {
  const { owner, repo } = connection
  const purpose: Purpose = {
    what: `update the comment on pull request ${number} of ${owner}/${repo}`,
    permission: PERMISSION,
    consequence: 'the comment may be out of date, the environment is not affected',
  }

  const page = async (cursor: string | null): Promise<z.output<typeof found>> => {
    const variables = { owner, repo, number, cursor }
    return (await connection.query(purpose, { name: 'Comments', text: COMMENTS, variables, shape: found })).data
  }

  const find = async (): Promise<OwnComment[]> => {
    const own: OwnComment[] = []
    for (let cursor: string | null = null; ; ) {
      const { viewer, repository } = await page(cursor)
      const comments = repository.pullRequest?.comments
      if (comments === undefined) throw missing(purpose)
      for (const node of comments.nodes) {
        if (node === null || !isSameUser(node.author?.login, viewer.login) || !node.body.startsWith(COMMENT_MARKER)) continue
        own.push({ id: Number(node.fullDatabaseId), body: node.body })
      }
      const { hasNextPage, endCursor } = comments.pageInfo
      if (!hasNextPage) return own.sort((a, b) => a.id - b.id)
      if (endCursor === null || endCursor === cursor) throw foreignAnswer(purpose, undefined)
      cursor = endCursor
    }
  }

  const create = (body: string): Promise<OwnComment> =>
    connection.request(purpose, ({ rest }) =>
      makeOnce(
        connection.clock,
        async () => {
          const { data } = await rest.issues.createComment({ owner, repo, issue_number: number, body, request: { retries: 0 } })
          return checked(written, data, purpose)
        },
        async () => (await find())[0],
      ),
    )

  const edit = (id: number, body: string): Promise<boolean> =>
    connection.request(purpose, ({ rest }) => unlessGone(() => rest.issues.updateComment({ owner, repo, comment_id: id, body })))

  const remove = async (id: number): Promise<void> => {
    await connection.request(purpose, ({ rest }) => unlessGone(() => rest.issues.deleteComment({ owner, repo, comment_id: id })))
  }

  return { find, create, edit, remove }
}

/** An app is `github-actions[bot]` as the viewer and `github-actions` as the author. */
export function isSameUser(author: string | undefined, viewer: string): boolean {
  return author !== undefined && author.replace(/\[bot\]$/, '') === viewer.replace(/\[bot\]$/, '')
}

async function unlessGone(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}
