import type { Clock } from '../../../../src/system/clock.ts'
import type { Interface, Network, Target, TargetHealthState } from '../ports.ts'
import type { Listener, TargetGroup } from './model.ts'
import { type Registered, registerTarget } from './target.ts'

export interface Targets {
  /** What was applied now, and the network it is in. */
  reconcile(groups: readonly TargetGroup[], listeners: readonly Listener[], network: Network): void
  register(groupArn: string, target: Target): void
  deregister(groupArn: string, id: string): Promise<void>
  health(groupArn: string): TargetHealthState[]
  /** The next of the healthy ones; undefined if there is none. */
  pick(groupArn: string): Registered | undefined
  stop(): void
}

export function createTargets(clock: Clock, changed: () => void): Targets {
  const members = new Map<string, Registered[]>()
  const leaving = new Map<string, Registered[]>()
  const turns = new Map<string, number>()
  let groups: readonly TargetGroup[] = []
  let listeners: readonly Listener[] = []
  let network: Network | undefined

  const membersOf = (arn: string): Registered[] => members.get(arn) ?? []
  const leavingOf = (arn: string): Registered[] => leaving.get(arn) ?? []

  function checkingOf(arn: string): { check: TargetGroup['check']; nodes: Interface[]; network: Network } | undefined {
    const group = groups.find((each) => each.arn === arn)
    const leading = listeners.filter(({ rules }) => rules.some(({ action }) => action.type === 'forward' && action.group === arn))
    const nodes = [...new Set(leading.map(({ balancer }) => balancer))].flatMap((balancer) => balancer.nodes)
    return group === undefined || network === undefined || nodes.length === 0 ? undefined : { check: group.check, nodes, network }
  }

  async function leave(arn: string, member: Registered): Promise<void> {
    members.set(
      arn,
      membersOf(arn).filter((each) => each !== member),
    )
    leaving.set(arn, [...leavingOf(arn), member])
    await member.drain(groups.find((each) => each.arn === arn)?.delayMs ?? 0)
    leaving.set(
      arn,
      leavingOf(arn).filter((each) => each !== member),
    )
    changed()
  }

  return {
    reconcile(nextGroups, nextListeners, nextNetwork) {
      groups = nextGroups
      listeners = nextListeners
      network = nextNetwork
      for (const member of [...members.values()].flat()) member.reconcile()
    },
    register(arn, target) {
      const before = membersOf(arn).find((each) => each.target.id === target.id)
      before?.stop()
      const member = registerTarget(target, clock, () => checkingOf(arn), changed)
      members.set(arn, [...membersOf(arn).filter((each) => each !== before), member])
      changed()
      member.reconcile()
    },
    async deregister(arn, id) {
      const member = membersOf(arn).find((each) => each.target.id === id)
      if (member !== undefined) return await leave(arn, member)
      await Promise.all(leavingOf(arn).map((each) => (each.target.id === id ? each.drain(0) : undefined)))
    },
    health: (arn) => [...membersOf(arn), ...leavingOf(arn)].map((member) => member.health()),
    pick(arn) {
      const healthy = membersOf(arn).filter((member) => member.health().state === 'healthy')
      const turn = turns.get(arn) ?? 0
      turns.set(arn, turn + 1)
      return healthy[turn % Math.max(1, healthy.length)]
    },
    stop() {
      for (const member of [...members.values(), ...leaving.values()].flat()) member.stop()
    },
  }
}
