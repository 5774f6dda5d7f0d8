import type { Clock } from '../../../../src/system/clock.ts'
import type { Interface, Network, Target, TargetHealthState } from '../ports.ts'
import { checkTarget, type Failure } from './health-check.ts'
import type { HealthCheck } from './model.ts'

/** What a target is checked with at this moment; undefined while no listener leads to its group. */
export type Checking = () => { check: HealthCheck; nodes: readonly Interface[]; network: Network } | undefined

/** A registered target: its health, and what is under way to it. */
export interface Registered {
  readonly target: Target
  health(): TargetHealthState
  /** Starts checking, or stops, when listeners have come or gone. */
  reconcile(): void
  /** Counts a request until the function it gives is called. `cut` ends it if it outlasts the drain. */
  enter(cut: () => void): () => void
  /** No new requests; resolves when those under way have ended, or were cut after the delay. */
  drain(delayMs: number): Promise<void>
  stop(): void
}

type State = Pick<TargetHealthState, 'state' | 'reason' | 'description'>

const UNUSED: State = {
  state: 'unused',
  reason: 'Target.NotInUse',
  description: 'Target group is not configured to receive traffic from the load balancer',
}
const REGISTERING: State = { state: 'initial', reason: 'Elb.RegistrationInProgress', description: 'Target registration is in progress' }
const CHECKING: State = { state: 'initial', reason: 'Elb.InitialHealthChecking', description: 'Initial health checks in progress' }
const DRAINING: State = {
  state: 'draining',
  reason: 'Target.DeregistrationInProgress',
  description: 'Target deregistration is in progress',
}

/** The first check is made at once; one that passes makes a new target healthy, whatever the threshold. */
export function registerTarget(target: Target, clock: Clock, checking: Checking, changed: () => void): Registered {
  let current: State = UNUSED
  let inARow = 0
  let checks: AbortController | undefined
  let drained: Promise<void> | undefined
  const under = new Set<() => void>()
  const idle = new Set<() => void>()

  function become(next: State): void {
    const same = current.state === next.state && current.reason === next.reason && current.description === next.description
    if (current.state !== next.state) inARow = 0
    current = next
    if (!same) changed()
  }

  function record(failure: Failure, { healthyAfter, unhealthyAfter }: HealthCheck): void {
    const against = current.state === 'healthy' ? failure !== undefined : current.state === 'unhealthy' ? failure === undefined : true
    inARow = against ? inARow + 1 : 0
    if (failure === undefined) {
      if (current.state === 'initial' || (current.state === 'unhealthy' && inARow >= healthyAfter)) become({ state: 'healthy' })
    } else if (current.state === 'unhealthy' || inARow >= unhealthyAfter) {
      become({ state: 'unhealthy', ...failure })
    } else if (current.state === 'initial') {
      become(CHECKING)
    }
  }

  async function watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = checking()
      if (now === undefined) return
      const failure = await failureOf(now, signal)
      if (signal.aborted) return
      record(failure, now.check)
      await clock.sleep(now.check.intervalMs, signal)
    }
  }

  async function failureOf({ check, nodes, network }: NonNullable<ReturnType<Checking>>, signal: AbortSignal): Promise<Failure> {
    try {
      return await checkTarget(check, target, nodes, network, signal)
    } catch (error) {
      return { reason: 'Elb.InternalError', description: error instanceof Error ? error.message : String(error) }
    }
  }

  function halt(): void {
    checks?.abort()
    checks = undefined
  }

  return {
    target,
    health: () => ({ id: target.id, port: target.port, ...current }),
    reconcile() {
      if (drained !== undefined || (checking() !== undefined) === (checks !== undefined)) return
      if (checks !== undefined) {
        halt()
        become(UNUSED)
        return
      }
      checks = new AbortController()
      become(REGISTERING)
      void watch(checks.signal)
    },
    enter(cut) {
      under.add(cut)
      return () => {
        under.delete(cut)
        if (under.size === 0) for (const listener of idle) listener()
      }
    },
    drain(delayMs) {
      halt()
      drained ??= waitForNobody(delayMs)
      become(DRAINING)
      return drained
    },
    stop() {
      halt()
      for (const cut of under) cut()
      for (const listener of idle) listener()
    },
  }

  async function waitForNobody(delayMs: number): Promise<void> {
    const over = new AbortController()
    const end = (): void => over.abort()
    idle.add(end)
    if (under.size > 0) await clock.sleep(delayMs, over.signal)
    idle.delete(end)
    for (const cut of under) cut()
  }
}
