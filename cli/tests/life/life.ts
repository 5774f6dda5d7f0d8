import type { SweepResult } from '../../src/commands/env/sync.ts'
import { isChange } from '../../src/sync/action.ts'
import { chanceOf } from './chance.ts'
import { type Ended, MAIN, start } from './program.ts'
import type { Deed } from './pulls.ts'
import { createRuns, type Runs } from './runs.ts'
import { modelScale } from './scales.ts'
import { type Fate, type GitHubTrouble, type Step, tell } from './story.ts'
import { problems, recordsOf, tolerated, unserved, wanted } from './verdict.ts'
import type { Problem } from './verdict-github.ts'
import { troubled } from './weather.ts'
import { lay } from './wire.ts'
import { createWorld, NEIGHBOURS, type World } from './world.ts'

/** What came of the life of one seed. */
export interface Life {
  seed: number
  problems: Problem[]
  trace: string[]
  /** What happened in it, for the count. */
  events: number
  runs: number
  /** The doors at which runs died. */
  deaths: string[]
  /** A pull request was closed while a run was at work on it. */
  closedWhileApplying: boolean
}

/** The sweep comes every half an hour: what happened a moment ago is for the next one. */
const SWEEP_LATER_MS = 600_000

/** Lives one seed to its end, and looks at what is left: after the sweep, after what waits was started again, and after everything is closed. */
export async function live(seed: number): Promise<Life> {
  const story = tell(chanceOf(seed).fork('story'), modelScale(seed))
  const world = createWorld(seed, story)
  let trouble: GitHubTrouble | null = null
  const wire = lay({
    answer: troubled(world.github.answer, () => trouble),
    timeline: world.timeline,
    process: (number) => world.processes[number - 1],
  })
  const busy = (): boolean => wire.timers() === 0 && world.processes.some((process) => process.state === 'running' && !process.waits)
  const quiet = (): Promise<void> => world.timeline.run({ busy })
  const run = async (args: string[], commit: string | null): Promise<Ended> => {
    const ended = start(world, { args, commit, repository: world.github.state.repository, death: null })
    await quiet()
    return ended
  }
  const pass = (milliseconds: number): Promise<void> => {
    world.timeline.after(milliseconds, () => undefined)
    return quiet()
  }
  const found: Problem[] = []
  const judge = (stage: string, excused: readonly number[]): void => {
    for (const problem of problems(world, excused)) found.push({ ...problem, text: `${stage}: ${problem.text}` })
  }
  const sweep = async (stage: string): Promise<Ended> => {
    const swept = await run(['env', 'sync', '--all', '--yes', '--json'], null)
    if (swept.exitCode !== 0) found.push({ kind: 'fault', text: `${stage}: the sweep ends with ${swept.exitCode}: ${swept.stderr}` })
    return swept
  }

  try {
    settle(world)
    const runs = createRuns(world)
    begin(world, runs, (now) => {
      trouble = now
    })
    await quiet()
    trouble = null
    await pass(SWEEP_LATER_MS)
    await sweep('first sweep')
    const waiting = unserved(world)
    judge('after the sweep', waiting)
    const unexcused = waiting.filter((number) => !isExcused(world, runs, number))
    for (const number of unexcused)
      found.push({ kind: 'environment', text: `after the sweep: #${number} is not served, and nothing excuses that` })

    for (const number of waiting) {
      const commit = world.github.state.pullRequests.get(number)?.commit ?? MAIN
      await run(['env', 'sync', '--pr', String(number), '--yes', '--json', '--no-build'], commit)
    }
    // one of those that count is made by hand
    const full = recordsOf(world).length + 1 >= story.limit
    await pass(SWEEP_LATER_MS)
    const again = await sweep('second sweep')
    judge('after all runs', full ? unserved(world) : [])
    if (again.exitCode === 0) found.push(...changesOf(world, again))

    for (const one of world.github.state.pullRequests.values()) one.state = 'closed'
    await sweep('last sweep')
    judge('at the end', [])
  } finally {
    // those that nothing else ended
    for (const process of world.processes) process.kill()
    await quiet()
    wire.remove()
  }
  return {
    seed,
    problems: found,
    trace: world.trace,
    events: story.steps.length + story.pulls.length,
    runs: world.processes.length,
    deaths: world.processes.filter(({ state }) => state === 'dead').map(({ at }) => at),
    closedWhileApplying: world.closedWhileApplying.size > 0,
  }
}

/** A pull request that waits is excused if no run that could have served it has come through since it was changed last, or if room is scarce. */
function isExcused(world: World, runs: Runs, number: number): boolean {
  const { story, github } = world
  if (story.pulls.length >= story.limit - 1) return true
  const head = github.state.pullRequests.get(number)?.commit
  const since = world.changedAt.get(number) ?? 0
  return !runs.all.some(
    ({ delivery, startedAt, ended }) =>
      delivery?.number === number &&
      delivery.workflow === 'preview' &&
      delivery.commit === head &&
      startedAt > since &&
      ended?.exitCode === 0,
  )
}

/** What the sweep would still change. Only a commit that fails is tried again and again. */
function changesOf(world: World, { stdout }: Ended): Problem[] {
  const { isBroken, refuses } = world
  const { actions } = JSON.parse(stdout) as SweepResult
  const uncertain = tolerated(world).filter((number) => !wanted(world).includes(number))
  return actions
    .filter((action) => isChange(action) && !uncertain.includes(action.pullRequest ?? 0))
    .filter(({ because, commit }) => because !== 'failed' || !(isBroken(commit ?? '') || refuses(commit ?? '')))
    .map(({ kind, environment, reason }) => ({ kind: 'environment', text: `second sweep: would ${kind} ${environment}: ${reason}` }))
}

/** The neighbours move in. */
function settle({ bucket, account }: World): void {
  for (const name of NEIGHBOURS) {
    const record = {
      schema: 1,
      name,
      target: 'aws',
      template: name === 'production' ? 'dedicated' : 'preview',
      pinned: name === 'production',
      status: 'ready',
      url: null,
      directory: `envs/${name}`,
      project: name === 'of-others' ? 'others' : 'shop',
      pullRequest: null,
      branch: 'main',
      commit: MAIN,
      createdAt: '2026-11-01T00:00:00.000Z',
      updatedAt: '2026-11-01T00:00:00.000Z',
      expiresAt: null,
      services: [],
      slot: null,
      ttl: null,
      serial: 1,
      unclean: false,
      failure: null,
    }
    bucket.put(`registry/environments/${name}.json`, JSON.stringify(record))
    account.make(name, 'service', MAIN, 0)
  }
}

/** Everything that the story tells, at its time. */
function begin(world: World, runs: Runs, weather: (trouble: GitHubTrouble | null) => void): void {
  const { timeline, pulls, story } = world
  const chance = world.chance('begin')
  const stamp = (): string => new Date(timeline.now).toISOString().replace(/\.\d+/, '')
  for (const { number, labelled, fork, fate } of story.pulls) {
    const commit = world.newCommit()
    world.note(`#${number} is opened${labelled ? ', labelled' : ''}${fork ? ', from a fork' : ''} at ${commit.slice(0, 8)}`)
    runs.deliver(pulls.open(number, { labelled, fork, commit }), fate)
  }
  const tellNext = ([step, ...rest]: readonly Step[]): void => {
    if (step === undefined) return
    timeline.after(step.after, () => {
      happen(step)
      tellNext(rest)
    })
  }
  const act = (deed: Deed, number: number, fate: Fate): void => {
    if (!pulls.allows(deed, number)) return
    if (['close', 'merge', 'delete-branch'].includes(deed) && runs.isBusy(number)) world.closedWhileApplying.add(number)
    const commit = world.newCommit()
    const deliveries = pulls.act(deed, number, { commit, at: stamp() })
    world.note(`#${number} ${deed}${/push|resolve/.test(deed) ? ` ${commit.slice(0, 8)}` : ''}`)
    for (const one of deed === 'rename-repository' ? story.pulls.map((pull) => pull.number) : [number])
      world.changedAt.set(one, timeline.now)
    if (deed === 'delete-branch' && chance.happens(0.5)) runs.abandon(number)
    runs.deliver(deliveries, fate)
  }
  const happen = (step: Step): void => {
    switch (step.what) {
      case 'deed':
        act(step.deed, step.number, step.fate)
        break
      case 'sweep':
        runs.sweep(step.fate.death)
        break
      case 'rerun':
        runs.again(step.number, step.fate)
        break
      case 'trouble':
        world.note(`GitHub: ${step.trouble} for ${step.lasts} ms`)
        weather(step.trouble)
        timeline.after(step.lasts, () => weather(null))
    }
  }
  tellNext(story.steps)
}
