import { setTimeout as delay } from 'node:timers/promises'
import { startFakeGitHub } from '../../github/fake-github.ts'
import { chanceOf } from '../../life/chance.ts'
import { createPulls, type Deed, type Pulls } from '../../life/pulls.ts'
import { realScale } from '../../life/scales.ts'
import { type Fate, type Story, tell } from '../../life/story.ts'
import type { Problem } from '../../life/verdict-github.ts'
import { createRepository, type Repository } from './repository.ts'
import { type Ending, type Ground, look as lookAt } from './verdict.ts'
import { createWorkflows, type Run, type Workflows } from './workflows.ts'

/** What came of the life of one seed. */
export interface Life {
  seed: number
  events: number
  runs: number
  /** Runs that were killed while they were at work. */
  kills: number
  /** What it had of what every release is to have seen: `kill`, `close while applying`, `conflict`, `branch deleted`. */
  seen: Set<string>
  problems: Problem[]
  trace: readonly string[]
  seconds: number
}

/** A repository with its GitHub, its workflows and its pull requests. */
export interface Scene {
  pulls: Pulls
  repository: Repository
  workflows: Workflows
  /** How it is at this moment, when nothing is at work. */
  look(): Promise<Ending>
  note(text: string): void
  readonly trace: readonly string[]
}

/** Does `work` in a repository of its own. GitHub was asked nothing there that it does not know. */
export async function withScene<T>(ground: Ground, name: string, work: (scene: Scene) => Promise<T>): Promise<T> {
  const since = performance.now()
  const trace: string[] = []
  const note = (text: string): void => {
    trace.push(`${((performance.now() - since) / 1000).toFixed(1).padStart(6)} ${text}`)
  }
  const [fake, repository] = await Promise.all([startFakeGitHub({ repository: name }), createRepository()])
  const workflows = createWorkflows({ repository, fake, account: ground.account, note })
  try {
    const look = (): Promise<Ending> => lookAt(ground, fake.state)
    const value = await work({ pulls: createPulls(fake.state), repository, workflows, look, note, trace })
    if (fake.faults.length > 0) throw new Error(`GitHub knows nothing of that: ${fake.faults.join('; ')}`)
    return value
  } finally {
    await workflows.quiet().catch(() => undefined)
    await Promise.all([fake.stop(), repository.project.remove()])
  }
}

export function live(ground: Ground, seed: number): Promise<Life> {
  return withScene(ground, `acme/shop-${seed}`, (scene) => liveIn(scene, seed))
}

async function liveIn(scene: Scene, seed: number): Promise<Life> {
  const { pulls, repository, workflows } = scene
  const { state } = pulls
  const since = performance.now()
  const story = tell(chanceOf(seed).fork('real'), realScale)
  const problems: Problem[] = []
  const judge = (stage: string, found: readonly Problem[]): void => {
    problems.push(...found.map(({ kind, text }) => ({ kind, text: `${stage}: ${text}` })))
  }
  const sweep = async (stage: string): Promise<void> => {
    const { result } = await workflows.sweep(null)
    if (result.exitCode !== 0) problems.push({ kind: 'fault', text: `${stage}: the sweep ends with ${result.exitCode}: ${result.stderr}` })
  }

  const seen = await play(scene, story)
  await workflows.quiet()
  await sweep('first sweep')
  const swept = await scene.look()
  judge('after the sweep', swept.problems(swept.unserved))
  for (const number of swept.unserved) {
    const commit = state.pullRequests.get(number)?.commit ?? repository.main
    workflows.deliver([{ workflow: 'preview', event: 'rerun', number, commit, repository: state.repository }], ALIVE)
  }
  await workflows.quiet()
  if (swept.unserved.length > 0) judge('after all runs', (await scene.look()).problems([]))
  for (const one of state.pullRequests.values()) one.state = 'closed'
  await sweep('last sweep')
  judge('at the end', (await scene.look()).problems([]))

  const { runs } = workflows
  for (const { args, result } of runs.filter(isBug)) problems.push({ kind: 'fault', text: `${args.join(' ')}: ${result.stderr}` })
  const kills = runs.filter(({ died }) => died).length
  if (kills > 0) seen.add('kill')
  const seconds = Math.round((performance.now() - since) / 1000)
  return { seed, events: story.steps.length + story.pulls.length, runs: runs.length, kills, seen, problems, trace: scene.trace, seconds }
}

/** Nothing happens to a run on its way. */
export const ALIVE: Fate = { dropped: false, again: null, delay: 0, death: null }

/** Usage errors and bugs: no event and no death excuses them. */
function isBug({ died, result }: Run): boolean {
  return !died && ![0, 1, 130].includes(result.exitCode)
}

/** Everything that the story tells, at its time. What it had of what every release is to have seen. */
async function play(scene: Scene, story: Story): Promise<Set<string>> {
  const { pulls, repository, workflows, note } = scene
  const seen = new Set<string>()
  for (const { number, labelled, fork, fate } of story.pulls) {
    const commit = await repository.commit(`change-${number}`, repository.main)
    note(`#${number} is opened${labelled ? ', labelled' : ''}${fork ? ', from a fork' : ''} at ${commit.slice(0, 8)}`)
    workflows.deliver(pulls.open(number, { labelled, fork, commit }), fate)
  }
  for (const step of story.steps) {
    await delay(step.after)
    if (step.what === 'sweep') void workflows.sweep(step.fate.death)
    else if (step.what === 'rerun') workflows.again(step.number, step.fate)
    else if (step.what === 'deed') await act(scene, step, seen)
  }
  return seen
}

/** Somebody does something, on GitHub and to the branches. */
export async function act(
  { pulls, repository, workflows, note }: Scene,
  { deed, number, fate }: { deed: Deed; number: number; fate: Fate },
  seen = new Set<string>(),
): Promise<void> {
  const one = pulls.state.pullRequests.get(number)
  if (one === undefined || !pulls.allows(deed, number)) return
  const { branch } = one
  // forced: not on top of what is there
  const parent = deed === 'force-push' ? repository.main : one.commit
  const commit = ['push', 'force-push', 'resolve'].includes(deed) ? await repository.commit(branch, parent) : one.commit
  const isApplying = workflows.isBusy(number)
  const deliveries = pulls.act(deed, number, { commit, at: new Date().toISOString().replace(/\.\d+/, '') })
  note(`#${number} ${deed} ${commit.slice(0, 8)}`)
  if (deed === 'rename-branch') await repository.renameBranch(branch, one.branch)
  if (deed === 'delete-branch') await repository.deleteBranch(one.branch)
  if (['close', 'merge', 'delete-branch'].includes(deed) && isApplying) seen.add('close while applying')
  if (deed === 'conflict') seen.add('conflict')
  if (deed === 'delete-branch') seen.add('branch deleted')
  workflows.deliver(deliveries, fate)
}
