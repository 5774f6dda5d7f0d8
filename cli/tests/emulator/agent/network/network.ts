import type { CreateNetwork, Interface, Network, NetworkSnapshot } from '../ports.ts'
import { refuseOtherAcls } from './network-acls.ts'
import { nextHop, subnetOf } from './routes.ts'
import { type Direction, groupsFault, type Peer, type PrefixLists } from './security-groups.ts'
import { serviceName, serviceWay } from './services.ts'

/** An address that stands for everybody outside: only a range that is open to the world, or holds it, lets it in or out (RFC 5737). */
export const INTERNET_ADDRESS = '198.51.100.10'

const HTTPS = 443

/** What else of EC2 a rule may name; a prefix list that is not there is refused when a rule names it. */
export interface KnownPrefixLists {
  prefixLists?: PrefixLists
}

/**
 * Who reaches whom over TCP, by security groups and routes. Between two interfaces it is the private addresses that count; a public load
 * balancer's name leads a task of the same VPC outside and back in: `internet(task)`, then `why('internet', loadBalancer, port)`.
 * `awsService` makes a service of AWS something to reach. Throws on what it does not implement.
 */
export const createNetwork: CreateNetwork = (snapshot: NetworkSnapshot & KnownPrefixLists): Network => {
  const lists = snapshot.prefixLists ?? new Map()
  const groups = (at: Interface, direction: Direction, peer: Peer, port: number): string | undefined =>
    groupsFault(snapshot.securityGroups, lists, at, direction, peer, port)

  function between(from: Interface, to: Interface, port: number): string | undefined {
    for (const end of [from, to]) refuseOtherAcls(snapshot, end.subnetId)
    if (from.address === to.address) return undefined
    const [vpc, other] = [from, to].map((end) => subnetOf(snapshot, end.subnetId).VpcId)
    if (vpc !== other) return `${from.address} and ${to.address} are in two VPCs, ${vpc} and ${other}`
    return groups(from, 'egress', peerOf(to), port) ?? groups(to, 'ingress', peerOf(from), port)
  }

  function inward(to: Interface, port: number): string | undefined {
    refuseOtherAcls(snapshot, to.subnetId)
    const way = nextHop(snapshot, to.subnetId, INTERNET_ADDRESS)
    if (!to.publicAddress) return `${to.address} has no public address`
    if (way.via !== 'internet-gateway') return `${to.subnetId} has no route to an internet gateway`
    return gatewayFault(way.id, to.subnetId) ?? groups(to, 'ingress', outside, port)
  }

  function outward(from: Interface, port: number): string | undefined {
    refuseOtherAcls(snapshot, from.subnetId)
    const refused = groups(from, 'egress', outside, port)
    if (refused !== undefined) return refused
    const way = nextHop(snapshot, from.subnetId, INTERNET_ADDRESS)
    if (way.via === 'nothing') return way.why
    if (way.via === 'local') return `${INTERNET_ADDRESS} is local to ${from.subnetId}`
    if (way.via === 'nat-gateway') return natFault(way.id)
    if (!from.publicAddress) return `${from.address} has no public address, which the internet gateway needs`
    return gatewayFault(way.id, from.subnetId)
  }

  function gatewayFault(id: string, subnetId: string): string | undefined {
    const gateway = snapshot.internetGateways.find(({ InternetGatewayId }) => InternetGatewayId === id)
    const vpcId = subnetOf(snapshot, subnetId).VpcId
    const attached = (gateway?.Attachments ?? []).some((attachment) => attachment.VpcId === vpcId)
    return attached ? undefined : `internet gateway ${id} is not attached to ${vpcId}`
  }

  function natFault(id: string): string | undefined {
    const gateway = snapshot.natGateways.find(({ NatGatewayId }) => NatGatewayId === id)
    if (gateway?.State !== 'available') return `NAT gateway ${id} is ${gateway?.State ?? 'not there'}`
    if (gateway.ConnectivityType === 'private') throw new Error('the emulator does not implement private NAT gateways')
    const subnetId = gateway.SubnetId ?? ''
    refuseOtherAcls(snapshot, subnetId)
    const way = nextHop(snapshot, subnetId, INTERNET_ADDRESS)
    if (way.via !== 'internet-gateway') return `NAT gateway ${id} stands in ${subnetId}, which has no route to an internet gateway`
    return gatewayFault(way.id, subnetId)
  }

  function toService(from: Interface, name: string, port: number): string | undefined {
    const way = serviceWay(snapshot, from, name)
    if (way.via === 'internet') return outward(from, port)
    if (way.via === 'gateway') return groups(from, 'egress', { ...outside, prefixListIds: [way.prefixListId] }, port)
    const faults = way.interfaces.map((end) => between(from, end, port))
    return faults.includes(undefined) ? undefined : (faults[0] ?? `the endpoint of ${name} has no subnet`)
  }

  return {
    why(from, to, port) {
      if (from === 'internet') return inward(to, port)
      const service = serviceName(to)
      return service === undefined ? between(from, to, port) : toService(from, service, port)
    },
    internet: (from) => outward(from, HTTPS),
  }
}

const outside: Peer = { address: INTERNET_ADDRESS, securityGroupIds: [], prefixListIds: [] }

function peerOf(end: Interface): Peer {
  return { address: end.address, securityGroupIds: end.securityGroupIds, prefixListIds: [] }
}
