import { petnames, pullRequestSeed } from '../../../src/environment/petname.ts'
import { type EnvironmentRecord, parseRecord } from '../../../src/registry/record.ts'
import type { GitHubState } from '../../github/state.ts'
import { desired } from '../../life/desired.ts'
import { type Problem, saidWrong } from '../../life/verdict-github.ts'
import { census, listed, resourcesOf } from '../../support/aws.ts'
import { bucketObjects, type ObjectsOfBucket } from '../account.ts'

/** The account, and the bucket with its registry. */
export interface Ground {
  account: Record<string, string>
  bucket: string
}

/** How a life ended, as the account and GitHub have it. */
export interface Ending {
  /** The pull requests that wait for somebody to start their run again. */
  unserved: number[]
  /** All that is wrong but for what `excused` wait for. */
  problems(excused: readonly number[]): Problem[]
}

/** Names that a pull request may have got: the first is its own, the others are for when that one is taken. */
const NAMES_TRIED = 3

export async function look({ account, bucket }: Ground, state: GitHubState): Promise<Ending> {
  const objects = bucketObjects(account, bucket)
  const [keys, resources] = await Promise.all([objects.keys(), census(account)])
  const repositories = [state.repository, ...state.formerNames]
  const all = await Promise.all(keys.filter((key) => key.startsWith('registry/environments/')).map((key) => readKept(objects, key)))
  const records = all.filter((record) => record !== undefined).filter(({ repository }) => repositories.includes(repository ?? ''))
  const want = desired(state, [], 0)
  const head = (number: number): string => state.pullRequests.get(number)?.commit ?? ''
  const of = (number: number): EnvironmentRecord[] => records.filter(({ pullRequest }) => pullRequest === number)
  const unserved = want.filter((number) => !of(number).some((record) => isAsItShould(record, head(number))))
  const extra = records.filter(({ pullRequest }) => !want.includes(pullRequest ?? 0))
  const names = new Set([...records.map(({ name }) => name), ...namesOf(state, repositories)])

  const problems = (excused: readonly number[]): Problem[] => {
    const waiting = records.filter(({ pullRequest }) => excused.includes(pullRequest ?? 0)).map(({ name }) => name)
    const left = [...names].flatMap((name): Problem[] => {
      const own = listed(resourcesOf(resources, 'shop', name)).filter((line) => !line.includes('registry/destroyed/'))
      const isThere = records.some((record) => record.name === name)
      const held = waiting.includes(name) ? [] : own.filter(isHeld)
      const leaks = isThere ? [] : own.filter((line) => !isHeld(line))
      const isEmpty =
        records.some((record) => record.name === name && record.status === 'ready') && !own.some((line) => line.startsWith('ecs:service'))
      return [
        ...held.map((text): Problem => ({ kind: 'lock', text })),
        ...leaks.map((text): Problem => ({ kind: 'leak', text })),
        ...(isEmpty ? [{ kind: 'environment' as const, text: `${name} is ready and has no service` }] : []),
      ]
    })
    const missing = unserved.filter((number) => !excused.includes(number))
    const wrong = [
      ...extra.map((record) => `nobody wants it: ${describe(record)}`),
      ...missing.map(
        (number) => `#${number} wants one at ${head(number).slice(0, 8)}: ${of(number).map(describe).join(', ') || 'there is none'}`,
      ),
    ]
    return [
      ...left,
      ...wrong.map((text): Problem => ({ kind: 'environment', text })),
      ...saidWrong(state, records, { excused, fails: () => false }),
    ]
  }
  return { unserved, problems }
}

/** Another scenario may have removed its own since. */
async function readKept(objects: ObjectsOfBucket, key: string): Promise<EnvironmentRecord | undefined> {
  const body = await objects.get(key).catch(() => undefined)
  return body === undefined ? undefined : parseRecord(body.toString(), key)
}

const isHeld = (line: string): boolean => /registry\/leases\/|\.tflock$/.test(line)

function isAsItShould({ status, commit, services }: EnvironmentRecord, head: string): boolean {
  const runsHead = services.length > 0 && services.every(({ image }) => image?.includes(head.slice(0, 12)) === true)
  return status === 'ready' && commit === head && runsHead
}

function describe({ name, pullRequest, status, commit }: EnvironmentRecord): string {
  return `${name} of #${pullRequest} is ${status} at ${commit?.slice(0, 8)}`
}

function namesOf(state: GitHubState, repositories: readonly string[]): string[] {
  return [...state.pullRequests.keys()].flatMap((number) =>
    repositories.flatMap((repository) => {
      const names = petnames(pullRequestSeed(repository, number))
      return Array.from({ length: NAMES_TRIED }, () => names.next().value ?? '')
    }),
  )
}
