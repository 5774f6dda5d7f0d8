/** The run of a GitHub workflow that a process is part of. */
export interface WorkflowRun {
  /** `owner/name`. */
  repository: string
  id: number
  /** From 1; a run that is started again keeps its id. */
  attempt: number
  /** Of its log, for people. */
  url: string
}

/**
 * `undefined` outside of a workflow. Reads the variables that a runner sets
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
 */
export function workflowRun(variables: Record<string, string | undefined>): WorkflowRun | undefined {
  const repository = variables['GITHUB_REPOSITORY'] ?? ''
  const [id, attempt] = [Number(variables['GITHUB_RUN_ID']), Number(variables['GITHUB_RUN_ATTEMPT'] ?? '1')]
  if (variables['GITHUB_ACTIONS'] !== 'true' || repository === '') return undefined
  if (!Number.isSafeInteger(id) || id < 1 || !Number.isSafeInteger(attempt) || attempt < 1) return undefined
  const server = (variables['GITHUB_SERVER_URL'] ?? 'https://github.com').replace(/\/+$/, '')
  return { repository, id, attempt, url: `${server}/${repository}/actions/runs/${id}/attempts/${attempt}` }
}
