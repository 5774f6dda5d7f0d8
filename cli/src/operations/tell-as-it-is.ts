import type { Context } from '../context.ts'
import type { GitHub } from '../github/client.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import type { SyncAction } from '../sync/action.ts'
import type { PullRequestFacts } from '../sync/facts.ts'
import { type Announcer, createAnnouncer, type News } from './announce.ts'
import { readyNews } from './deploy-preview.ts'
import { nextCommand } from './next-command.ts'
import { goneNews } from './remove-preview.ts'
import { pastOf } from './sync-facts.ts'

interface Found {
  github: GitHub
  facts: PullRequestFacts
  registry: Registry
  repository: string
  /** What planning says of it; `undefined` where there is nothing to say. */
  action: SyncAction | undefined
  record: EnvironmentRecord | undefined
  /** Something was said that may not be so: what is so has to be said even if there is nothing. */
  owed?: boolean
}

/**
 * Where nothing is to be done, the comment and what is shown as deployed are held to what is so: the run that should have said it may have died
 * before it could. `false` if GitHub did not take it.
 */
export async function tellAsItIs(context: Parameters<typeof createAnnouncer>[0], found: Found): Promise<boolean> {
  const { record } = found
  const announcer = await createAnnouncer(context, found.github, found.facts)
  const news = await newsOf(context, found)
  const comment = news === undefined ? undefined : announcer.settle(news)
  const deployment = found.owed === true ? deployedAsIs(announcer, record) : undefined
  await Promise.all([comment, deployment])
  return !announcer.missed
}

async function newsOf(
  context: Pick<Context, 'output' | 'variables'>,
  { action, record, facts, registry, repository, owed = false }: Found,
): Promise<News | undefined> {
  if (action === undefined) return undefined
  if (record?.status === 'ready') return readyNews(record)
  if (record?.status === 'failed') return failedNews(context, record)
  if (record !== undefined) return undefined
  const none = { environment: null, commit: facts.commit }
  if (action.because === 'fork') return { ...none, state: 'unavailable', why: { kind: 'fork' } }
  if (action.because === 'limit') return { ...none, state: 'unavailable', why: { kind: 'limit', reason: action.reason } }
  if (owed && action.kind === 'create')
    return { ...none, state: 'waiting', reason: 'the run that was at it was cut off; it has to be started again' }
  const past = await pastOf(context, registry, repository, facts.number)
  if (past !== undefined) return goneNews(past, action)
  // where nothing was ever said, that there is nothing needs no saying
  return owed ? { ...none, state: 'unavailable', why: { kind: 'unwanted', reason: action.reason } } : undefined
}

/** Of one that failed it is not known which version still answers. */
function deployedAsIs(announcer: Announcer, record: EnvironmentRecord | undefined): Promise<void> | undefined {
  if (record === undefined) return announcer.undeploy()
  return record.status === 'ready' ? announcer.deployed(record) : undefined
}

function failedNews({ variables }: Pick<Context, 'variables'>, { name, commit, failure }: EnvironmentRecord): News {
  const command = nextCommand(variables, `devtool env apply ${name}`)
  const {
    phase,
    resource,
    message: cause,
    lines,
  } = failure ?? { phase: 'apply', resource: null, message: 'it is not known why', lines: [] }
  return { environment: name, commit, state: 'failed', action: 'apply', failure: { phase, resource, cause, lines, command }, phases: [] }
}
