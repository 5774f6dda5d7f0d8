import { Command } from 'commander'
import type { Context } from '../../context.ts'
import type { Environment } from '../../environment/environment.ts'
import { ToolError, UsageError, UserError } from '../../errors.ts'
import { anewHint } from '../../operations/anew.ts'
import { requireRecord } from '../../operations/find.ts'
import { findHome } from '../../operations/home.ts'
import { observe } from '../../operations/observe.ts'
import { openProject } from '../../operations/project.ts'

export interface OpenInput {
  name: string
  service: string | null
}

/** What `env open` prints as JSON; for people it is the URL alone. */
export interface Opened {
  name: string
  /** Null: the environment as a whole. */
  service: string | null
  url: string
  /** Whether a browser was told. */
  opened: boolean
}

export function openCommand(context: Context): Command {
  return new Command('open')
    .description('Open an environment in the browser, and print its URL; in CI or without a display only that')
    .argument('<name>', 'the environment')
    .argument('[service]', 'this service of it')
    .option('--json', 'print one JSON value')
    .action((name: string, service: string | undefined) => open(context, { name, service: service ?? null }))
}

type OpenContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'browser' | 'openStore' | 'registry' | 'observer'>

export async function open(context: OpenContext, { name, service }: OpenInput): Promise<void> {
  const { browser, output } = context
  const project = await openProject(context)
  const home = await findHome(context, project, name)
  const [record] = await observe(context, project, [await requireRecord(home.registry, name)])
  if (record === undefined) throw new Error('what was given to look at did not come back')
  const url = requireWebAddress(name, addressOf(record, service))
  const opened = browser.present && (await tell(context, url))
  output.result<Opened>({ name, service, url, opened }, (value) => value.url)
}

/** No browser is no reason to fail: the URL is what was asked for. */
async function tell({ browser, output }: OpenContext, url: string): Promise<boolean> {
  try {
    await browser.open(url)
    return true
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    output.warn(error.message)
    return false
  }
}

function addressOf(record: Environment, service: string | null): string {
  const { name, services } = record
  if (service === null) return requireReady(record)
  const found = services.find((each) => each.name === service)
  const others = services.flatMap((each) => (each.url === null ? [] : [each.name])).join(', ')
  const hint = others === '' ? `devtool env show ${name}` : `what can be opened: ${others}`
  if (found === undefined && services.length > 0)
    throw new UsageError(`could not open ${service} of ${name}: it has no such service`, { hint })
  requireReady(record)
  if (found?.url == null) throw new UsageError(`could not open ${service} of ${name}: it has no route`, { hint })
  return found.url
}

const NOT_READY: Record<Exclude<Environment['status'], 'ready'>, { why: string; next: (record: Environment) => string }> = {
  claimed: { why: 'it was not applied yet', next: ({ name }) => `devtool env apply ${name}` },
  applying: { why: 'it is being applied', next: ({ name }) => `devtool env show ${name} says when it is ready` },
  failed: { why: 'it failed', next: ({ name }) => `devtool env show ${name} says why; devtool env apply ${name} tries again` },
  destroying: { why: 'it is being destroyed', next: ({ name }) => `devtool env show ${name}` },
  leaked: { why: 'it was destroyed, and something of it is left', next: ({ name }) => `devtool env destroy ${name}` },
  destroyed: { why: 'it is destroyed', next: anewHint },
}

function requireReady(record: Environment): string {
  const { name, status, url } = record
  if (status !== 'ready') {
    const { why, next } = NOT_READY[status]
    const last = url === null ? '' : `; what may still answer is ${url}`
    throw new UserError(`could not open ${name}: ${why}`, { hint: `${next(record)}${last}` })
  }
  if (url === null) throw new UserError(`could not open ${name}: none of its services has a route`, { hint: `devtool env show ${name}` })
  return url
}

/** The address comes from a record and goes to a program: it is that of a web page or nothing. */
function requireWebAddress(name: string, url: string): string {
  const isWeb = /^https?:\/\/[^\s\p{C}]+$/u.test(url) && URL.canParse(url)
  if (isWeb) return url
  throw new ToolError(`could not open ${name}: its address ${JSON.stringify(url)} is not one of http or https`, {
    hint: `devtool env apply ${name} writes it anew`,
  })
}
