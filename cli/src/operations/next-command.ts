import { workflowRun } from '../github/workflow-run.ts'

/** What a person runs next: in a workflow its job again, anywhere else the command itself. */
export function nextCommand(variables: Record<string, string | undefined>, command: string): string {
  const run = workflowRun(variables)
  return run === undefined ? command : `gh run rerun ${run.id} --failed --repo ${run.repository}`
}
