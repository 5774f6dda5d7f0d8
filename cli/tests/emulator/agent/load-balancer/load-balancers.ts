import { randomBytes } from 'node:crypto'
import { createProxy } from '../../../../src/machine/proxy.ts'
import { type Clock, systemClock } from '../../../../src/system/clock.ts'
import type { AgentPorts, LoadBalancers, Network, RoutedRequest } from '../ports.ts'
import { type RunningListener, startListener } from './listener.ts'
import { loadApplied } from './load.ts'
import type { Applied, Listener } from './model.ts'
import { createTargets } from './targets.ts'

type Ports = Pick<AgentPorts, 'clients' | 'region' | 'endpoint' | 'authority' | 'network'> & { clock?: Clock }

/** So many requests are remembered. */
const REMEMBERED = 10_000

/** The account's load balancers, each listener on a loopback port of its own. `reconcile` rejects if something is not implemented; the rest serves. */
export function createLoadBalancers(ports: Ports): LoadBalancers {
  const { authority, clock = systemClock } = ports
  const watching = new Set<() => void>()
  const targets = createTargets(clock, () => {
    for (const listener of [...watching]) listener()
  })
  const passed: RoutedRequest[] = []
  const proxy = createProxy()
  const running = new Map<string, RunningListener>()
  let applied: Applied = { balancers: [], listeners: [], groups: [], refused: [] }
  let network: Network | undefined
  let last: Promise<void> = Promise.resolve()
  let stopped = false

  const serving = {
    targets,
    proxy,
    network: (): Network => {
      if (network === undefined) throw new Error('the network is not known yet')
      return network
    },
    traceId: (): string => `1-${Math.floor(clock.now().getTime() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    passed: (request: RoutedRequest): void => {
      passed.push(request)
      if (passed.length > REMEMBERED) passed.shift()
    },
  }

  async function reconcile(): Promise<void> {
    if (stopped) return
    const [next, now] = await Promise.all([loadApplied(ports), ports.network()])
    if (stopped) return
    network = now
    applied = next
    for (const [arn, listener] of running) if (!next.listeners.some((each) => isServed(each, arn))) await close(arn, listener)
    for (const listener of next.listeners) await open(listener)
    targets.reconcile(next.groups, next.listeners, now)
    if (next.refused.length > 0) throw new Error(next.refused.join('; '))
  }

  async function close(arn: string, listener: RunningListener): Promise<void> {
    running.delete(arn)
    await listener.close()
  }

  async function open(listener: Listener): Promise<void> {
    const open = running.get(keyOf(listener))
    if (open !== undefined) await open.update(listener)
    else running.set(keyOf(listener), await startListener(listener, authority, serving))
  }

  return {
    reconcile() {
      // one after the other, each from what then is
      last = last.catch(() => {}).then(reconcile)
      return last
    },
    listener(dnsName, port) {
      const found = applied.listeners.find((each) => sameName(each.balancer.dnsName, dnsName) && each.port === port)
      return found === undefined ? undefined : running.get(keyOf(found))?.port
    },
    all: () =>
      applied.balancers.map(({ arn, dnsName, scheme, nodes }) => ({
        dnsName,
        arn,
        scheme,
        interfaces: nodes,
        ports: applied.listeners.filter(({ balancer }) => balancer.arn === arn).map(({ port }) => port),
      })),
    register: (groupArn, target) => targets.register(groupArn, target),
    deregister: (groupArn, id) => targets.deregister(groupArn, id),
    health: (groupArn) => targets.health(groupArn),
    onHealthChange(listener) {
      watching.add(listener)
      return () => watching.delete(listener)
    },
    requests: () => [...passed],
    async stop() {
      stopped = true
      await last.catch(() => {})
      targets.stop()
      await Promise.all([...running].map(([arn, listener]) => close(arn, listener)))
      proxy.close()
    },
  }
}

/** A listener that changes between HTTP and HTTPS is another one. */
function keyOf({ arn, tls }: Listener): string {
  return `${arn} ${tls?.version ?? 'http'}`
}

function isServed(listener: Listener, key: string): boolean {
  return keyOf(listener) === key
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase().replace(/\.$/, '')
}
