import type { Process } from './process.ts'

/** What an environment is made of: its place in the rendered root, and how it is found when no state knows it (aws/identities.ts, aws/removal.ts). */
export const KINDS = {
  secret: { type: 'aws_secretsmanager_secret', imported: true, listed: true, repeatable: false },
  database: { type: 'aws_lambda_invocation', imported: false, listed: false, repeatable: true },
  'task-definition': { type: 'aws_ecs_task_definition', imported: false, listed: true, repeatable: true },
  'target-group': { type: 'aws_lb_target_group', imported: true, listed: true, repeatable: false },
  'listener-rule': { type: 'aws_lb_listener_rule', imported: true, listed: true, repeatable: false },
  service: { type: 'aws_ecs_service', imported: true, listed: true, repeatable: false },
} as const

export type Kind = keyof typeof KINDS

export const kinds = Object.keys(KINDS) as Kind[]

export function kindOf(type: string): Kind {
  const kind = kinds.find((each) => KINDS[each].type === type)
  if (kind === undefined) throw new Error(`no environment has a ${type}`)
  return kind
}

/** What an environment of a commit is made of: those of every second commit have no database. */
export function kindsOf(commit: string): Kind[] {
  return Number.parseInt(commit.slice(0, 1), 16) % 2 === 0 ? kinds : kinds.filter((kind) => kind !== 'database' && kind !== 'secret')
}

/** Something in the account. */
export interface Thing {
  id: string
  environment: string
  kind: Kind
  /** The commit that it runs, or was made for. */
  commit: string
  /** When it was made or changed last. */
  at: number
}

/** What happened to environments, as the account sees it. */
export interface Happening {
  /** `trying`: a run prepares to apply; `applying`: its Terraform is at work. */
  what: 'trying' | 'applying' | 'ready' | 'gone'
  environment: string
  pullRequest: number | null
  commit: string | null
  at: number
}

/** An AWS account: what is in it, and who is at work there. */
export interface Account {
  readonly things: Map<string, Thing>
  readonly happenings: Happening[]
  /** What must never be: two at work on one environment, a commit of a stranger, something that is not theirs to touch. */
  readonly faults: string[]
  of(environment: string): Thing[]
  make(environment: string, kind: Kind, commit: string, at: number): Thing
  /** Does `work` as the one that works on an environment. */
  working<T>(process: Process, environment: string, work: () => Promise<T>): Promise<T>
}

export function createAccount(): Account {
  const things = new Map<string, Thing>()
  const faults: string[] = []
  const workers = new Map<string, Process>()
  let made = 0
  return {
    things,
    faults,
    happenings: [],
    of: (environment) => [...things.values()].filter((thing) => thing.environment === environment),
    make: (environment, kind, commit, at) => {
      made += 1
      // task definitions have revisions; anything else is there once
      const id = `${environment}/${kind}${kind === 'task-definition' ? `:${made}` : ''}`
      const thing = { id, environment, kind, commit, at }
      things.set(id, thing)
      return thing
    },
    working: async (process, environment, work) => {
      const other = workers.get(environment)
      if (other !== undefined && other.state === 'running' && other !== process) {
        faults.push(`two at once on ${environment}: process ${other.number} and process ${process.number}`)
      }
      workers.set(environment, process)
      try {
        return await work()
      } finally {
        if (workers.get(environment) === process) workers.delete(environment)
      }
    },
  }
}
