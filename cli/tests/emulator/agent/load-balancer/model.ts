import type { Interface } from '../ports.ts'

/** A load balancer as applied, with defaults filled in. */
export interface Balancer {
  arn: string
  dnsName: string
  scheme: string
  /** One in each of its subnets. */
  nodes: Interface[]
  idleTimeoutMs: number
  dropsInvalidHeaders: boolean
}

export interface Listener {
  arn: string
  balancer: Balancer
  port: number
  /** Undefined for HTTP. */
  tls?: { version: 'TLSv1.2' | 'TLSv1.3' /** The names of each certificate; the first is the default one. */; certificates: string[][] }
  /** In the order in which they are tried; the default action is the last. */
  rules: Rule[]
}

export interface Rule {
  /** ARN of the rule; of the listener for its default action. */
  arn: string
  conditions: Condition[]
  action: Action
}

/** Holds if one of the patterns fits. */
export interface Condition {
  field: 'host-header' | 'path-pattern'
  patterns: string[]
}

export type Action =
  | { type: 'forward'; group: string }
  | { type: 'redirect'; status: 301 | 302; protocol: string; host: string; port: string; path: string; query: string }
  | { type: 'fixed-response'; status: number; contentType: string; body: string }

export interface TargetGroup {
  arn: string
  delayMs: number
  check: HealthCheck
}

export interface HealthCheck {
  path: string
  /** Undefined: the port of the target. */
  port?: number
  intervalMs: number
  timeoutMs: number
  healthyAfter: number
  unhealthyAfter: number
  /** `200`, `200,202`, `200-399`. */
  codes: string
}

/** What of ELBv2 was applied, and what of it the emulator does not implement. */
export interface Applied {
  balancers: Balancer[]
  listeners: Listener[]
  groups: TargetGroup[]
  refused: string[]
}
