import type { Admin } from '../../machine/postgres/databases.ts'
import type { ServiceStatus } from '../../machine/service.ts'

/** What the supervisor and the commands say to each other. */

/** The processes of one service as they are now. */
export interface ServiceReport {
  name: string
  status: ServiceStatus
  /** Null for a service without a route. */
  url: string | null
  pid: number | null
  restarts: number
  /** Why it failed. */
  reason: string | null
  lastLines: string[]
}

export interface EnvironmentReport {
  name: string
  project: string
  url: string
  services: ServiceReport[]
}

/** Where the Postgres of a project is. */
export interface ClusterReport extends Admin {
  project: string
}

export interface SupervisorReport {
  version: string
  pid: number
  /** Of the router. */
  port: number
  environments: EnvironmentReport[]
  /** Projects whose Postgres runs. */
  clusters: string[]
}

export const STATUS = '/status'
export const STOP = '/stop'
export const environmentPath = (name: string): string => `/environments/${name}`
/** Of an environment: `{ expiresAt }`. */
export const EXPIRY = 'expiry'
export const clusterPath = (project: string): string => `/clusters/${project}`
