import type { Route, RouteTable } from '@aws-sdk/client-ec2'
import type { NetworkSnapshot } from '../ports.ts'
import { contains, prefixLength } from './addresses.ts'

/** Where a packet goes from a subnet. */
export type Hop =
  | { via: 'local' }
  | { via: 'internet-gateway'; id: string }
  | { via: 'nat-gateway'; id: string }
  | { via: 'nothing'; why: string }

/** The table that a subnet is associated with, else its VPC's main one. */
export function routeTableOf(snapshot: NetworkSnapshot, subnetId: string): RouteTable {
  const associated = snapshot.routeTables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnetId))
  if (associated !== undefined) return associated
  const vpcId = subnetOf(snapshot, subnetId).VpcId
  const main = snapshot.routeTables.find(
    ({ VpcId, Associations = [] }) => VpcId === vpcId && Associations.some(({ Main }) => Main === true),
  )
  if (main === undefined) throw new Error(`${vpcId} has no main route table`)
  return main
}

export function subnetOf(snapshot: NetworkSnapshot, subnetId: string): NetworkSnapshot['subnets'][number] {
  const subnet = snapshot.subnets.find(({ SubnetId }) => SubnetId === subnetId)
  if (subnet === undefined) throw new Error(`there is no subnet ${subnetId}`)
  return subnet
}

/** The way from a subnet to an address, by the narrowest route that holds it. Throws on a kind of route that is not emulated. */
export function nextHop(snapshot: NetworkSnapshot, subnetId: string, address: string): Hop {
  const table = routeTableOf(snapshot, subnetId)
  const routes = (table.Routes ?? []).filter((route) => destinationOf(route) !== undefined)
  const fitting = routes.filter((route) => contains(destinationOf(route) ?? '', address))
  const [route] = fitting.sort((one, other) => prefixLength(destinationOf(other) ?? '') - prefixLength(destinationOf(one) ?? ''))
  if (route === undefined) return { via: 'nothing', why: `route table ${table.RouteTableId} of ${subnetId} has no route to ${address}` }
  if (route.State === 'blackhole') {
    return { via: 'nothing', why: `the route of ${table.RouteTableId} to ${destinationOf(route)} is a black hole` }
  }
  return hopOf(route)
}

/** Routes to a prefix list lead to the gateway endpoint of a service of AWS, which is looked at by itself. */
function destinationOf(route: Route): string | undefined {
  const destination = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock
  if (destination === undefined && !(route.GatewayId ?? '').startsWith('vpce-')) {
    throw new Error(`the emulator does not implement routes to the prefix list ${route.DestinationPrefixListId}`)
  }
  return destination
}

function hopOf(route: Route): Hop {
  const { GatewayId = '', NatGatewayId } = route
  if (GatewayId === 'local') return { via: 'local' }
  if (GatewayId.startsWith('igw-')) return { via: 'internet-gateway', id: GatewayId }
  if (NatGatewayId !== undefined) return { via: 'nat-gateway', id: NatGatewayId }
  const known = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId', 'Origin', 'State', 'InstanceOwnerId']
  const target = Object.entries(route).find(([key, value]) => !known.includes(key) && value !== undefined)
  throw new Error(`the emulator does not implement routes by ${target === undefined ? 'nothing' : `${target[0]} ${target[1]}`}`)
}
