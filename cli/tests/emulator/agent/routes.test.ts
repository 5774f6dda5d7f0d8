import { describe, expect, test } from 'vitest'
import type { Interface, Network } from './ports.ts'
import { routesFor, type World } from './routes.ts'

const at = (address: string): Interface => ({ address, subnetId: 'subnet-1', securityGroupIds: [], publicAddress: false })
const task = at('10.0.1.4')

interface Setting {
  blocked?: string[]
  internet?: string
  scheme?: string
  listener?: number | undefined
}

/** `blocked` are pairs `from port` that something is in the way of. */
function world({ blocked = [], internet, scheme = 'internet-facing', listener = 40_443 }: Setting = {}): World {
  const network: Network = {
    why: (from, to, port) => (blocked.includes(`${from === 'internet' ? from : from.address} ${to.address}:${port}`) ? 'no' : undefined),
    internet: () => internet,
  }
  return {
    network,
    names: { target: () => undefined, of: (name) => (name === 'lb.amazonaws.com' ? ['calm-otter.preview.example.com'] : []) },
    loadBalancers: {
      all: () => [{ dnsName: 'lb.amazonaws.com', arn: 'arn:lb', scheme, interfaces: [at('10.0.0.4'), at('10.0.0.5')], ports: [443] }],
      listener: () => listener,
    },
    databases: {
      endpoints: () => [{ instanceId: 'shop', address: 'shop.rds.amazonaws.com', port: 5432, to: 45_432, interface: at('10.0.2.4') }],
    },
    tasks: [
      { interface: task, ports: [3000], portOf: () => 43_000 },
      { interface: at('10.0.1.5'), ports: [3000, 3001], portOf: (port) => (port === 3000 ? 43_001 : undefined) },
    ],
  }
}

const to = (host: string, port: number, setting?: Setting) =>
  routesFor(task, world(setting)).find((route) => route.host === host && route.port === port)?.to

describe('what a task reaches', () => {
  test('a database, if the security groups let it', () => {
    expect(to('shop.rds.amazonaws.com', 5432)).toEqual({ port: 45_432 })
    expect(to('shop.rds.amazonaws.com', 5432, { blocked: ['10.0.1.4 10.0.2.4:5432'] })).toBe('timeout')
  })

  test('a public load balancer by way of the internet, under all its names', () => {
    for (const host of ['lb.amazonaws.com', 'calm-otter.preview.example.com']) {
      expect(to(host, 443)).toEqual({ port: 40_443 })
      expect(to(host, 443, { internet: 'no NAT gateway' })).toBe('timeout')
      // what stands between the two inside plays no part
      expect(to(host, 443, { blocked: ['10.0.1.4 10.0.0.4:443', '10.0.1.4 10.0.0.5:443'] })).toEqual({ port: 40_443 })
    }
  })

  test('a load balancer that lets one of its addresses be reached is reached; none of them is a timeout', () => {
    expect(to('lb.amazonaws.com', 443, { blocked: ['internet 10.0.0.4:443'] })).toEqual({ port: 40_443 })
    expect(to('lb.amazonaws.com', 443, { blocked: ['internet 10.0.0.4:443', 'internet 10.0.0.5:443'] })).toBe('timeout')
  })

  test('an internal load balancer from inside, without the internet', () => {
    expect(to('lb.amazonaws.com', 443, { scheme: 'internal', internet: 'no NAT gateway' })).toEqual({ port: 40_443 })
    expect(to('lb.amazonaws.com', 443, { scheme: 'internal', blocked: ['10.0.1.4 10.0.0.4:443', '10.0.1.4 10.0.0.5:443'] })).toBe('timeout')
  })

  test('a listener that is not open is refused', () => {
    expect(
      routesFor(task, { ...world(), loadBalancers: { ...world().loadBalancers, listener: () => undefined } }).find(
        ({ port }) => port === 443,
      )?.to,
    ).toBe('refused')
  })

  test('another task by its address, not itself', () => {
    expect(to('10.0.1.5', 3000)).toEqual({ port: 43_001 })
    expect(to('10.0.1.5', 3001)).toBe('refused')
    expect(to('10.0.1.5', 3000, { blocked: ['10.0.1.4 10.0.1.5:3000'] })).toBe('timeout')
    expect(to('10.0.1.4', 3000)).toBeUndefined()
  })
})
