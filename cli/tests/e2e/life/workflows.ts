import { setTimeout as delay } from 'node:timers/promises'
import type { Delivery } from '../../life/pulls.ts'
import type { Death, Fate } from '../../life/story.ts'
import { type Done, type RunnerOptions, runJob } from './runner.ts'

/** A run that was started, and how it ended. */
export interface Run extends Done {
  delivery: Delivery | null
  startedAt: number
  args: string[]
}

/** GitHub Actions: a queue for each pull request, of which one run at a time is at work, and one for the sweep beside them. */
export interface Workflows {
  readonly runs: readonly Run[]
  /** Whether a run of this pull request is at work. */
  isBusy(number: number): boolean
  deliver(deliveries: readonly Delivery[], fate: Fate): void
  sweep(death: Death | null): Promise<Run>
  again(number: number, fate: Fate): void
  /** Resolves when nothing waits or is at work any more. */
  quiet(): Promise<void>
}

export function createWorkflows({ note, ...options }: RunnerOptions & { note(text: string): void }): Workflows {
  const { repository, fake } = options
  const runs: Run[] = []
  const queues = new Map<string, Promise<unknown>>()
  const busy = new Set<string>()
  const pending = new Set<Promise<unknown>>()

  const groupOf = (number: number): string => `devtool-preview-${number}`
  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.finally(() => pending.delete(tracked))
    pending.add(tracked)
    return tracked
  }

  const enter = (group: string, delivery: Delivery | null, death: Death | null): Promise<Run> => {
    const turn = (queues.get(group) ?? Promise.resolve()).then(async () => {
      busy.add(group)
      const startedAt = performance.now()
      const args = argsOf(delivery)
      const commit = delivery?.workflow === 'preview' ? delivery.commit : repository.main
      note(`starts: devtool ${args.join(' ')} at ${commit.slice(0, 8)}`)
      const done = await runJob(options, { args, commit, name: delivery?.repository ?? fake.state.repository, death })
      busy.delete(group)
      note(`${done.died ? 'is killed' : `ends with ${done.result.exitCode}`}: devtool ${args.join(' ')}: ${lastWords(done)}`)
      const run = { ...done, delivery, startedAt, args }
      runs.push(run)
      return run
    })
    queues.set(group, turn)
    return track(turn)
  }

  const deliver = (deliveries: readonly Delivery[], { dropped, again, delay: late, death }: Fate): void => {
    if (dropped) return
    for (const [index, delivery] of deliveries.entries()) {
      const group = groupOf(delivery.number)
      void track(delay(late).then(() => enter(group, delivery, index === 0 ? death : null)))
      if (again !== null) void track(delay(late + again).then(() => enter(group, delivery, null)))
    }
  }

  return {
    runs,
    deliver,
    isBusy: (number) => busy.has(groupOf(number)),
    sweep: (death) => enter('reaper', null, death),
    again: (number, fate) => {
      const last = runs.findLast(({ delivery }) => delivery?.number === number)?.delivery
      if (last != null) deliver([last], fate)
    },
    quiet: async () => {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}

/** What the workflows run. */
function argsOf(delivery: Delivery | null): string[] {
  if (delivery === null) return ['env', 'sync', '--all', '--yes', '--json']
  const build = delivery.workflow === 'preview' ? ['--no-build'] : []
  return ['env', 'sync', '--pr', String(delivery.number), '--yes', '--json', ...build]
}

function lastWords({ result: { stdout, stderr, exitCode } }: Done): string {
  const said = exitCode === 0 ? stdout : stderr
  return (said.match(/"(?:outcome|reason|message)": ?"[^"]*"/g) ?? [said.trim().split('\n').at(-1) ?? '']).join(' ').slice(0, 300)
}
