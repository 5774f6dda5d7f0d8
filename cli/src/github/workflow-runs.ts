import * as z from 'zod/mini'
import { type Connection, checked } from './connection.ts'
import { foreignAnswer, type Purpose } from './errors.ts'

/** What GitHub says of one attempt of a workflow run. */
export interface RunAttempt {
  /** `completed` when it is over, however it ended; `queued`, `in_progress`, `waiting`, ... until then. */
  status: string
  conclusion: string | null
}

const shape = z.object({
  id: z.int(),
  run_attempt: z.int(),
  status: z.string(),
  conclusion: z.nullable(z.string()),
})

/**
 * https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run-attempt
 * @throws NotFoundError if there is no such attempt, it was deleted, or the token may not see it: nothing follows from that
 */
export async function readRunAttempt(connection: Connection, id: number, attempt: number): Promise<RunAttempt> {
  const { owner, repo } = connection
  const purpose: Purpose = {
    what: `look up the workflow run ${id} of ${owner}/${repo}`,
    permission: 'actions: read',
    consequence: 'nothing was changed',
  }
  const found = await connection.request(purpose, async ({ rest }) => {
    const request = { owner, repo, run_id: id, attempt_number: attempt, exclude_pull_requests: true }
    const { data } = await rest.actions.getWorkflowRunAttempt(request)
    return checked(shape, data, purpose)
  })
  if (found.id !== id || found.run_attempt !== attempt) throw foreignAnswer(purpose, undefined)
  return { status: found.status, conclusion: found.conclusion }
}
