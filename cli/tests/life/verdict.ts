import type { EnvironmentRecord } from '../../src/registry/record.ts'
import { kindsOf } from './account.ts'
import { allowed, desired } from './desired.ts'
import { type Problem, saidWrong } from './verdict-github.ts'
import { NEIGHBOURS, type World } from './world.ts'

/** The pull requests that want an environment and do not have it as it should be. */
export function unserved(world: World): number[] {
  const records = recordsOf(world)
  return wanted(world).filter((number) => {
    const record = records.find(({ pullRequest }) => pullRequest === number)
    return record === undefined || !isAsItShould(world, record)
  })
}

export function wanted({ github, account, timeline }: World): number[] {
  return desired(github.state, account.happenings, timeline.now)
}

/** Those that may have one. */
export function tolerated({ github, account, timeline, renamedAt }: World): number[] {
  return allowed(github.state, account.happenings, timeline.now, renamedAt())
}

export function recordsOf({ bucket }: World): EnvironmentRecord[] {
  const keys = bucket.keys('registry/environments/')
  return keys.map((key) => JSON.parse(bucket.read(key) ?? '')).filter(({ name }) => !NEIGHBOURS.includes(name))
}

function isAsItShould(world: World, { name, pullRequest, commit, status, expiresAt }: EnvironmentRecord): boolean {
  const head = world.github.state.pullRequests.get(pullRequest ?? 0)?.commit ?? ''
  // one whose time is up, and that is wanted again, has to be brought back
  if (commit !== head || Date.parse(expiresAt ?? '') <= world.timeline.now) return false
  if (world.isBroken(head) || world.refuses(head)) return status === 'failed'
  const things = world.account.of(name)
  return status === 'ready' && kindsOf(head).every((kind) => things.some((thing) => thing.kind === kind && thing.commit === head))
}

/** Everything that is not as it should be. `excused`: what waits for somebody to start its run again, or for room. */
export function problems(world: World, excused: readonly number[]): Problem[] {
  const records = recordsOf(world)
  const names = [...records.map(({ name }) => name), ...NEIGHBOURS]
  const uncertain = tolerated(world).filter((number) => !wanted(world).includes(number))
  const fails = (commit: string): boolean => world.isBroken(commit) || world.refuses(commit)
  return [
    ...environments(world, records, excused),
    ...leaks(world, names),
    ...locks(world, records, [...excused, ...uncertain]),
    ...saidWrong(world.github.state, records, { excused: [...excused, ...uncertain], fails }),
    ...[...world.account.faults, ...world.github.faults].map((text): Problem => ({ kind: 'fault', text })),
  ]
}

function environments(world: World, records: readonly EnvironmentRecord[], excused: readonly number[]): Problem[] {
  const extra = records.filter(({ pullRequest }) => !tolerated(world).includes(pullRequest ?? 0))
  const double = records.filter((one) => records.some((other) => other !== one && other.pullRequest === one.pullRequest))
  const missing = unserved(world).filter((number) => !excused.includes(number))
  const describe = (record: EnvironmentRecord): string =>
    `${record.name} of #${record.pullRequest} is ${record.status} at ${record.commit?.slice(0, 8)}`
  const found = (number: number): string =>
    records
      .filter((record) => record.pullRequest === number)
      .map(describe)
      .join(', ') || 'there is none'
  return [
    ...extra.map((record) => `nobody wants it: ${describe(record)}`),
    ...double.map((record) => `one of several: ${describe(record)}`),
    ...missing.map(
      (number) => `#${number} wants one at ${world.github.state.pullRequests.get(number)?.commit.slice(0, 8)}: ${found(number)}`,
    ),
  ].map((text) => ({ kind: 'environment', text }))
}

/** What is there of environments that are not. */
function leaks({ account, bucket }: World, names: readonly string[]): Problem[] {
  const things = [...account.things.values()].filter(({ environment }) => !names.includes(environment)).map(({ id }) => id)
  const objects = [...bucket.keys('state/'), ...bucket.keys('bundles/'), ...bucket.keys('rescue/')].filter(
    (key) => !names.some((name) => isOf(key, name)),
  )
  const slots = bucket
    .keys('registry/slots/')
    .filter((key) => !names.includes((JSON.parse(bucket.read(key) ?? '') as { name: string }).name))
  return [...things, ...objects, ...slots].map((text) => ({ kind: 'leak', text }))
}

/** Nobody is at work any more. What a dead run held of an environment that is wanted is taken over by the run that it waits for. */
function locks({ bucket }: World, records: readonly EnvironmentRecord[], excused: readonly number[]): Problem[] {
  const waiting = records.filter(({ pullRequest }) => excused.includes(pullRequest ?? 0)).map(({ name }) => name)
  const held = [...bucket.keys('registry/leases/'), ...bucket.keys('state/').filter((key) => key.endsWith('.tflock'))]
  const untold = bucket.keys('registry/untold/').filter((key) => !excused.includes(Number(/(\d+)-/.exec(key)?.[1])))
  return [...held.filter((key) => !waiting.some((name) => isOf(key, name))), ...untold].map((text) => ({ kind: 'lock', text }))
}

/** `state/preview/<name>.tfstate`, `bundles/<name>/<digest>.tgz`, ... */
function isOf(key: string, name: string): boolean {
  return key.includes(`/${name}.`) || key.includes(`/${name}/`)
}
