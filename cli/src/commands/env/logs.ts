import { Command, InvalidArgumentError } from 'commander'
import type { Context } from '../../context.ts'
import { requireRecord } from '../../operations/find.ts'
import { findHome } from '../../operations/home.ts'
import { openProject } from '../../operations/project.ts'
import type { LogLine } from '../../targets/target.ts'

export interface LogsInput {
  name: string
  service: string | null
  lines: number
  follow: boolean
  json: boolean
}

const USUAL_LINES = 100

export function logsCommand(context: Context): Command {
  return new Command('logs')
    .description('Show what the services of an environment have said')
    .argument('<name>', 'the environment')
    .argument('[service]', 'only this service, or migrations')
    .option('-n, --lines <number>', 'how many of the last lines of each service', wholeNumber, USUAL_LINES)
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--json', 'print one JSON array; with --follow one JSON value a line')
    .action((name: string, service: string | undefined, options: { lines: number; follow?: true; json?: true }) =>
      logs(context, {
        name,
        service: service ?? null,
        lines: options.lines,
        follow: options.follow ?? false,
        json: options.json ?? false,
      }),
    )
}

type LogsContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'interrupt' | 'openStore' | 'registry' | 'observer'>

export async function logs(context: LogsContext, input: LogsInput): Promise<void> {
  const { output, interrupt } = context
  const project = await openProject(context)
  const home = await findHome(context, project, input.name)
  const record = await requireRecord(home.registry, input.name)
  const observer = await context.observer(project, home.kind)
  const { name, project: owner, template } = record
  const { service, lines, follow } = input
  const request = { name, project: owner, template, service, lines, follow, interrupt }
  if (input.json && !follow) {
    const found: LogLine[] = []
    await observer.logs(request, (line) => found.push(line))
    output.result(found, () => '')
    return
  }
  const width = Math.max(...record.services.map((known) => known.name.length), 'migrations'.length)
  const show = (line: LogLine): string => (service === null ? `${line.service.padEnd(width)}  ${line.text}` : line.text)
  await observer.logs(request, (line) => output.line(line, input.json ? JSON.stringify : show))
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('it is a whole number')
  return Number(text)
}
