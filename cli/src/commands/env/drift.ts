import { Command } from 'commander'
import type { Context } from '../../context.ts'
import type { DriftResult } from '../../operations/drift.ts'
import { renderTable } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export interface DriftInput {
  name: string
  issue: boolean
}

export function driftCommand(context: Context): Command {
  return new Command('drift')
    .description('Compare an environment with what was applied last; a report: the exit code is 0 also where something has drifted')
    .argument('<name>', 'the environment')
    .option('--issue', 'keep one GitHub issue about it: open while something has drifted, closed when nothing has')
    .option('--json', 'print one JSON value')
    .action((name: string, options: { issue?: true }) => drift(context, { name, issue: options.issue ?? false }))
}

export async function drift(context: Context, input: DriftInput): Promise<void> {
  const { lookForDrift } = await import('../../operations/drift.ts')
  const project = await openProject(context)
  const result = await lookForDrift(context, project, input.name, { issue: input.issue })
  context.output.result(result, renderDrift)
}

function renderDrift({ name, drifted, resources, issue }: DriftResult): string {
  if (drifted === null) return `${name} was not looked at`
  const changed = resources.filter(({ action }) => action !== 'none').map(({ action, address }) => [action, address])
  const left = resources.filter(({ action }) => action === 'none')
  return [
    drifted ? `${renderTable(['AN APPLY WOULD', 'RESOURCE'], changed)}\n` : `${name} is as it was applied`,
    ...(left.length === 0 ? [] : ['differs in what the configuration leaves to AWS, and an apply leaves as it is:']),
    ...left.map(({ address }) => `  ${address}`),
    ...(issue === null ? [] : [`${drifted ? 'said' : 'closed'} in ${issue.url}`]),
  ].join('\n')
}
