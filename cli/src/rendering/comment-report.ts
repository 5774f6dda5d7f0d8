/** What there is to say of the preview of a pull request. Instants are ISO 8601 in UTC. */
export type Report = ReportHead & Situation

export interface ReportHead {
  pullRequest: { number: number; title: string; branch: string; url: string }
  /** The environment's name; null before there is one. */
  environment: string | null
  /** Head commit, in full. */
  commit: string | null
  /** When this was so. */
  at: string
  /** The run that says it. */
  logUrl: string | null
}

export type Situation =
  | { state: 'waiting'; reason: string | null }
  | { state: 'applying'; phases: readonly Phase[] /** What still answers meanwhile. */; services: readonly ServiceAddress[] }
  | { state: 'ready'; services: readonly ServiceAddress[]; seconds: number | null; expiresAt: string | null }
  | { state: 'failed'; action: 'apply' | 'destroy'; failure: FailureCard; phases: readonly Phase[] }
  | { state: 'expired'; expiredAt: string }
  | { state: 'destroying'; reason: string; phases: readonly Phase[] }
  | { state: 'destroyed'; reason: string; destroyedAt: string; livedSeconds: number | null }
  | { state: 'leaked'; left: readonly LeftResource[]; command: string }
  | {
      state: 'unavailable'
      why: { kind: 'fork' } | { kind: 'unwanted' | 'limit' /** Of the limit: which one could go, and how. */; reason: string }
    }

export interface Phase {
  name: string
  status: 'waiting' | 'running' | 'done' | 'failed'
  /** How long it took, or has taken so far. */
  seconds: number | null
}

export interface ServiceAddress {
  name: string
  /** null for a worker. */
  url: string | null
}

export interface FailureCard {
  phase: string
  /** Such as a resource's address in Terraform. */
  resource: string | null
  cause: string
  lines: readonly string[]
  /** What to run next. */
  command: string
}

export interface LeftResource {
  kind: string
  id: string
}
