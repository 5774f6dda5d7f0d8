import type { ApplyHooks, Difference, Leftover, Plan, PlanFile, Root, Run, Target } from '../../src/targets/target.ts'

/** A target that does nothing but say what it was asked; each answer can be replaced. */
export interface FakeTarget extends Target {
  asked: string[]
  /** Until when it was told to keep environments. */
  kept: Map<string, string | null>
  answers: {
    plan: () => Promise<Plan>
    /** Of `planToFile`; `plan` answers its counts. */
    file: () => PlanFile | null
    drift: () => Difference[]
    apply: (root: Root, run: Run, hooks: ApplyHooks) => Promise<void>
    destroy: () => Promise<Leftover[]>
  }
}

export function fakeTarget(): FakeTarget {
  const target: FakeTarget = {
    asked: [],
    kept: new Map(),
    answers: {
      plan: async () => ({ add: 0, change: 0, destroy: 0, resources: [] }),
      file: () => null,
      drift: () => [],
      apply: async (_root, _run, hooks) => {
        await hooks.onChanging()
        await hooks.onSettled()
      },
      destroy: async () => [],
    },
    prepare: async (root) => {
      target.asked.push(`prepare ${root.name}`)
    },
    plan: async (planned, slot) => {
      target.asked.push(`plan ${planned.name} slot ${slot}`)
      return target.answers.plan()
    },
    planToFile: async ({ name }, slot, { unclean }) => {
      target.asked.push(`plan ${name} to a file slot ${slot}${unclean ? ' unclean' : ''}`)
      return { ...(await target.answers.plan()), file: target.answers.file() }
    },
    findDrift: async () => target.answers.drift(),
    apply: async (applied, slot, run, hooks, plan) => {
      const which = plan === undefined ? '' : ` from ${new TextDecoder().decode(plan.bytes)}`
      target.asked.push(`apply ${applied.name} slot ${slot}${run.unclean ? ' unclean' : ''}${which}`)
      await target.answers.apply(applied, run, hooks)
      const services = Object.entries(applied.document.images).map(([name, image]) => ({
        name,
        image,
        url: null,
        status: 'ready' as const,
      }))
      return { changed: [], url: `https://${applied.name}.preview.example.com`, services }
    },
    destroy: async (environment, run) => {
      target.asked.push(`destroy ${environment.name}${environment.applied ? '' : ' never applied'}${run.unclean ? ' unclean' : ''}`)
      return target.answers.destroy()
    },
    keepUntil: async (name, expiresAt) => {
      target.kept.set(name, expiresAt)
    },
    close: async () => undefined,
  }
  return target
}
