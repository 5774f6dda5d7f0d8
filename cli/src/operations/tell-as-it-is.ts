import type { Context } from '../context.ts'
import type { GitHub } from '../github/client.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import type { SyncAction } from '../sync/action.ts'
import type { PullRequestFacts } from '../sync/facts.ts'
import { createAnnouncer, type News } from './announce.ts'
import { readyNews } from './deploy-preview.ts'
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
}

/** Where nothing is to be done the comment is held to what is so: the run that should have written it may have died before it could. */
export async function tellAsItIs(context: Parameters<typeof createAnnouncer>[0], found: Found): Promise<void> {
  const news = await newsOf(context, found)
  if (news === undefined) return
  const announcer = await createAnnouncer(context, found.github, found.facts)
  await announcer.settle(news)
}

async function newsOf(context: Pick<Context, 'output'>, { action, record, facts, registry, repository }: Found): Promise<News | undefined> {
  if (action === undefined) return undefined
  if (record?.status === 'ready') return readyNews(record)
  if (record !== undefined) return undefined
  const none = { environment: null, commit: facts.commit }
  if (action.because === 'fork') return { ...none, state: 'unavailable', why: { kind: 'fork' } }
  if (action.because === 'limit') return { ...none, state: 'unavailable', why: { kind: 'limit', reason: action.reason } }
  const past = await pastOf(context, registry, repository, facts.number)
  return past === undefined ? undefined : goneNews(past, action)
}
