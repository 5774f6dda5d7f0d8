import { type Ended, type Start, start } from './program.ts'
import type { Delivery } from './pulls.ts'
import type { Death, Fate } from './story.ts'
import type { World } from './world.ts'

/** A run of a workflow, from its start on. */
export interface Run {
  delivery: Delivery | null
  startedAt: number
  ended: Ended | null
}

/** GitHub Actions: a queue for each pull request, of which one run at a time is at work, and one for the sweep beside them. */
export interface Runs {
  readonly all: readonly Run[]
  /** Whether a run of this pull request is at work. */
  isBusy(number: number): boolean
  /** GitHub starts these for what happened, with the fate that it has. */
  deliver(deliveries: readonly Delivery[], fate: Fate): void
  sweep(death: Death | null): void
  /** Somebody starts the last run of a pull request again: the same payload. */
  again(number: number, fate: Fate): void
  /** Runs that wait for their turn are given up, as GitHub does when a branch goes (terraform-automation.md, F5). */
  abandon(number: number): void
}

interface Waiting {
  delivery: Delivery | null
  death: Death | null
}

export function createRuns(world: World): Runs {
  const { timeline } = world
  const chance = world.chance('runs')
  const all: Run[] = []
  const queues = new Map<string, { waiting: Waiting[]; busy: boolean }>()

  const queueOf = (group: string): { waiting: Waiting[]; busy: boolean } => {
    const queue = queues.get(group) ?? { waiting: [], busy: false }
    queues.set(group, queue)
    return queue
  }

  const next = (group: string): void => {
    const queue = queueOf(group)
    const turn = queue.busy ? undefined : queue.waiting.shift()
    if (turn === undefined) return
    queue.busy = true
    const finish = (): void => {
      queue.busy = false
      next(group)
    }
    // a runner takes its time to come up
    timeline.after(chance.between(2_000, 15_000), () => {
      const run: Run = { delivery: turn.delivery, startedAt: timeline.now, ended: null }
      all.push(run)
      start(world, startOf(world, turn)).then(
        (ended) => {
          run.ended = ended
          finish()
        },
        (error: unknown) => {
          world.account.faults.push(`a run threw: ${error instanceof Error ? error.stack : String(error)}`)
          finish()
        },
      )
    })
  }

  const enter = (group: string, waiting: Waiting): void => {
    queueOf(group).waiting.push(waiting)
    next(group)
  }
  const groupOf = (number: number): string => `devtool-preview-${number}`

  const deliver = (deliveries: readonly Delivery[], { dropped, again, delay, death }: Fate): void => {
    for (const [index, delivery] of deliveries.entries()) {
      const { workflow, event, number } = delivery
      if (dropped) {
        world.note(`${event} of #${number} is not delivered`)
        continue
      }
      timeline.after(delay, () => enter(groupOf(number), { delivery, death: index === 0 ? death : null }))
      if (again !== null && workflow === 'preview') timeline.after(delay + again, () => enter(groupOf(number), { delivery, death: null }))
    }
  }

  return {
    all,
    isBusy: (number) => queueOf(groupOf(number)).busy,
    deliver,
    sweep: (death) => enter('reaper', { delivery: null, death }),
    again: (number, fate) => {
      const last = all.findLast(({ delivery }) => delivery?.number === number)?.delivery
      if (last != null) deliver([last], fate)
    },
    abandon: (number) => {
      queueOf(groupOf(number)).waiting.splice(0)
    },
  }
}

/** What the workflows run. */
function startOf(world: World, { delivery, death }: Waiting): Start {
  if (delivery === null)
    return { args: ['env', 'sync', '--all', '--yes', '--json'], commit: null, repository: world.github.state.repository, death }
  const { workflow, number, commit, repository } = delivery
  const args = ['env', 'sync', '--pr', String(number), '--yes', '--json', ...(workflow === 'preview' ? ['--no-build'] : [])]
  return { args, commit: workflow === 'preview' ? commit : null, repository, death }
}
