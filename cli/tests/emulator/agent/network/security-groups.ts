import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'
import type { Interface } from '../ports.ts'
import { contains } from './addresses.ts'

/** Who is at the other end of a connection, as rules name it. */
export interface Peer {
  address: string
  securityGroupIds: readonly string[]
  /** Prefix lists of AWS that stand for it. */
  prefixListIds: readonly string[]
}

export type Direction = 'ingress' | 'egress'

/** Entries of the prefix lists that are known, by their ID. */
export type PrefixLists = ReadonlyMap<string, readonly string[]>

const TCP = ['tcp', '6', '-1']
const OTHER = /^(udp|icmp|icmpv6|\d+)$/

/** Undefined if one of the interface's security groups lets TCP through to or from the peer, else who says no. */
export function groupsFault(
  groups: readonly SecurityGroup[],
  lists: PrefixLists,
  at: Interface,
  direction: Direction,
  peer: Peer,
  port: number,
): string | undefined {
  const own = at.securityGroupIds.map((id) => {
    const group = groups.find(({ GroupId }) => GroupId === id)
    if (group === undefined) throw new Error(`there is no security group ${id}`)
    return group
  })
  const rules = own.flatMap((group) => (direction === 'ingress' ? group.IpPermissions : group.IpPermissionsEgress) ?? [])
  // every rule is looked at, so that one that cannot be judged is never passed over
  if (rules.map((rule) => admits(rule, lists, peer, port)).includes(true)) return undefined
  const names = own.map(({ GroupId, GroupName }) => `${GroupId} (${GroupName})`).join(', ')
  const words = direction === 'ingress' ? 'ingress rule for tcp port' : 'egress rule for tcp port'
  const end = `${direction === 'ingress' ? 'from' : 'to'} ${peer.address}`
  return names === '' ? `${at.address} has no security group` : `security group ${names} has no ${words} ${port} ${end}`
}

function admits(rule: IpPermission, lists: PrefixLists, peer: Peer, port: number): boolean {
  return protocolAdmits(rule, port) && peerAdmitted(rule, lists, peer)
}

function protocolAdmits({ IpProtocol = '', FromPort, ToPort }: IpPermission, port: number): boolean {
  if (IpProtocol === '-1') return true
  if (!TCP.includes(IpProtocol)) {
    if (OTHER.test(IpProtocol)) return false
    throw new Error(`the emulator does not implement the protocol "${IpProtocol}" of security group rules`)
  }
  if (FromPort === undefined || ToPort === undefined) throw new Error('a security group rule for tcp has no ports')
  return port >= FromPort && port <= ToPort
}

function peerAdmitted(rule: IpPermission, lists: PrefixLists, peer: Peer): boolean {
  for (const pair of rule.UserIdGroupPairs ?? []) {
    if (pair.VpcPeeringConnectionId !== undefined)
      throw new Error('the emulator does not implement security group rules across a VPC peering')
    if (peer.securityGroupIds.includes(pair.GroupId ?? '')) return true
  }
  const ranges = [...(rule.IpRanges ?? []).map(({ CidrIp }) => CidrIp), ...(rule.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6)]
  const named = (rule.PrefixListIds ?? []).flatMap(({ PrefixListId = '' }) => {
    if (peer.prefixListIds.includes(PrefixListId)) return [`${peer.address}/32`]
    const entries = lists.get(PrefixListId)
    if (entries === undefined) throw new Error(`the emulator knows nothing of the prefix list ${PrefixListId}`)
    return entries
  })
  return [...ranges, ...named].some((cidr) => contains(cidr ?? '', peer.address))
}
